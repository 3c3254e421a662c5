// c++ -std=c++20 __NAME___test.cpp -o test && ./test
#include "__NAME__.cpp"
#include <cassert>

int main(void) {
    tidemill_context context = {};
    __NAME___state state = {};
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
