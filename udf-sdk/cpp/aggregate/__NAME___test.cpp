/* c++ -std=c++20 __NAME___test.cpp -o test && ./test */
#include "__NAME__.cpp"
#include <assert.h>

int main() {
    __NAME__ state{};
    assert(__NAME___finish(&state).is_null);
    __NAME___accumulate(&state, 1, 3);
    __NAME___accumulate(&state, 5, 1);
    assert(__NAME___finish(&state).value == 2);
    return 0;
}
