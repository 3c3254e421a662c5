/* cc __NAME___test.c -o test && ./test */
#include "__NAME__.c"
#include <assert.h>

int main(void) {
    __NAME__(tidemill_text_of("a tide"));
    assert(tidemill_made.rows == 2);
    return 0;
}
