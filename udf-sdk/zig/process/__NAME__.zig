const std = @import("std");
const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;

/// Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over.
const __TYPE__ = struct {
    pub const State = struct { total: f64 = 0, items: i64 = 0, last: i64 = 0 };
    const Visit = struct { total: f64, items: i64 };

    pub fn row(context: *tidemill.Context, state: *State, price: f64, gap: i64) ![]const Visit {
        const is_over = state.items > 0 and context.time > state.last + gap;
        const over = try tidemill.allocator().dupe(Visit, &.{.{ .total = state.total, .items = state.items }});
        if (is_over) state.* = .{};
        state.total += price;
        state.items += 1;
        state.last = context.time;
        if (context.hasTime()) context.setTimer("over", context.time + gap);
        return if (is_over) over else &.{};
    }

    pub fn timer(context: *tidemill.Context, state: *State) ![]const Visit {
        context.clearState();
        return tidemill.allocator().dupe(Visit, &.{.{ .total = state.total, .items = state.items }});
    }
};

comptime {
    tidemill.process("__NAME__", __TYPE__, .{"price"}, .{"gap"});
}

test "a visit" {
    var context: tidemill.Context = .{ .time = 1000, .flags = 1 };
    var state: __TYPE__.State = .{};
    try std.testing.expectEqual(0, (try __TYPE__.row(&context, &state, 10, 500)).len);
    _ = try __TYPE__.row(&context, &state, 5, 500);
    try std.testing.expectEqual(1500, context.timers.?[1].time);
    context.time = 1501;
    try std.testing.expectEqual(15.0, (try __TYPE__.row(&context, &state, 7, 500))[0].total);
    const made = try __TYPE__.timer(&context, &state);
    try std.testing.expectEqual(7.0, made[0].total);
    try std.testing.expectEqual(1, made[0].items);
}
