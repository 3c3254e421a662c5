/* c++ -std=c++20 __NAME___test.cpp -o test && ./test */
#include "__NAME__.cpp"
#include <assert.h>

int main() {
    __NAME__(tidemill_text_of("a tide"));
    assert(tidemill_made.rows == 2);
    return 0;
}
