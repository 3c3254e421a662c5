const std = @import("std");
const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;

/// What a price is worth, by the channel it came through.
fn __NAME__(price: f64, channel: ?[]const u8) !f64 {
    if (price < 0) return tidemill.fail("negative price {d}", .{price});
    const direct = channel != null and std.mem.eql(u8, channel.?, "direct");
    return if (direct) price else price * 2;
}

comptime {
    tidemill.scalar("__NAME__", __NAME__, .{ "price", "channel" });
}

test "direct prices count once" {
    try std.testing.expectEqual(10.0, try __NAME__(10, "direct"));
    try std.testing.expectEqual(20.0, try __NAME__(10, null));
    try std.testing.expectError(error.Failed, __NAME__(-1, null));
}
