const std = @import("std");
const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;

/// What is kept of a group; the engine stores it.
const __TYPE__ = struct {
    sum: f64 = 0,
    weight: i64 = 0,

    pub fn accumulate(self: *__TYPE__, value: f64, weight: i64) void {
        self.sum += value * @as(f64, @floatFromInt(weight));
        self.weight += weight;
    }
    pub fn retract(self: *__TYPE__, value: f64, weight: i64) void {
        self.accumulate(value, -weight);
    }
    pub fn merge(self: *__TYPE__, other: *const __TYPE__) void {
        self.sum += other.sum;
        self.weight += other.weight;
    }
    pub fn finish(self: *const __TYPE__) ?f64 {
        return if (self.weight == 0) null else self.sum / @as(f64, @floatFromInt(self.weight));
    }
};

comptime {
    tidemill.aggregate("__NAME__", __TYPE__, .{ "value", "weight" });
}

test "weights count" {
    var state = __TYPE__{};
    try std.testing.expectEqual(null, state.finish());
    state.accumulate(1, 3);
    state.accumulate(5, 1);
    try std.testing.expectEqual(2.0, state.finish().?);
}
