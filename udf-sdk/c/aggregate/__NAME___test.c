/* cc __NAME___test.c -o test && ./test */
#include "__NAME__.c"
#include <assert.h>

int main(void) {
    __NAME__ state = { 0 };
    assert(__NAME___finish(&state).is_null);
    __NAME___accumulate(&state, 1, 3);
    __NAME___accumulate(&state, 5, 1);
    assert(__NAME___finish(&state).value == 2);
    return 0;
}
