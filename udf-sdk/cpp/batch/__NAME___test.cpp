// c++ -std=c++20 __NAME___test.cpp -o test && ./test
#include "__NAME__.cpp"
#include <cassert>

int main(void) {
    double prices[] = { 10, 2.5, 7 }, costs[3];
    int64_t counts[] = { 3, 0, 0 };
    uint8_t known[] = { 5 }, valid[] = { 7 };
    void *of_price[] = { 0, prices }, *of_pieces[] = { known, counts }, *of_result[] = { valid, costs };
    tidemill_column price = { 3, 0, 0, 2, 0, of_price, 0, 0, 0, 0 };
    tidemill_column pieces = { 3, 1, 0, 2, 0, of_pieces, 0, 0, 0, 0 };
    tidemill_column result = { 3, 0, 0, 2, 0, of_result, 0, 0, 0, 0 };
    __NAME__(3, &price, &pieces, &result);
    assert(costs[0] == 30 && costs[1] == 2.5);
    assert(tidemill_is_null(&result, 2) && result.null_count == 1);
    return 0;
}
