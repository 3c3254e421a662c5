/* cc __NAME___test.c -o test && ./test */
#include "__NAME__.c"
#include <assert.h>

int main(void) {
    tidemill_nullable_text direct = { tidemill_text_of("direct"), false }, none = { { 0, 0 }, true };
    assert(__NAME__(10, direct).value == 10);
    assert(__NAME__(10, none).value == 20);
    assert(__NAME__(-1, none).error.data);
    return 0;
}
