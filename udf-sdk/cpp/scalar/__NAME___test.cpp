/* c++ -std=c++20 __NAME___test.cpp -o test && ./test */
#include "__NAME__.cpp"
#include <assert.h>

int main() {
    tidemill_nullable_text direct = { tidemill_text_of("direct"), false }, none = { { nullptr, 0 }, true };
    assert(__NAME__(10, direct).value == 10);
    assert(__NAME__(10, none).value == 20);
    assert(__NAME__(-1, none).error.data);
    return 0;
}
