const std = @import("std");
const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;

/// What pieces cost: NULL pieces are one, no pieces cost NULL.
fn __NAME__(price: tidemill.Column(f64), pieces: tidemill.Column(?i64), result: *tidemill.Result(?f64)) void {
    for (price.values(), 0..) |each, row| {
        const count = pieces.get(row) orelse 1;
        result.set(row, if (count == 0) null else each * @as(f64, @floatFromInt(count)));
    }
}

comptime {
    tidemill.batch("__NAME__", __NAME__, .{ "price", "pieces" });
}

test "columns" {
    var result = try tidemill.Result(?f64).init(3);
    __NAME__(.of(&.{ 10, 2.5, 7 }, null), .of(&.{ 3, 0, 0 }, &.{5}), &result);
    try std.testing.expectEqual(30.0, result.values()[0]);
    try std.testing.expectEqual(2.5, result.values()[1]);
    try std.testing.expect(result.isNull(2));
}
