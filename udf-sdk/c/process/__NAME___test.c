/* cc __NAME___test.c -o test && ./test */
#include "__NAME__.c"
#include <assert.h>

int main(void) {
    tidemill_context context = { 0 };
    __NAME___state state = { 0 };
    context.flags = 1;
    context.time = 1000;
    __NAME__(&context, &state, 10, 500);
    __NAME__(&context, &state, 5, 500);
    assert(state.total == 15 && state.items == 2);
    assert(context.timer_count == 2 && context.timers[0].time == 1500 && tidemill_made.rows == 0);
    context.time = 1501;
    __NAME__(&context, &state, 7, 500);
    assert(tidemill_made.rows == 1 && state.total == 7);
    __NAME___timer(&context, &state);
    assert(tidemill_made.rows == 2 && context.cleared == 1);
    return 0;
}
