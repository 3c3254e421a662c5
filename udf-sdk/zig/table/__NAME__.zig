const std = @import("std");
const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;

const Word = struct { word: []const u8, length: i32 };

/// A row for each word.
fn __NAME__(text: []const u8) ![]const Word {
    var words: std.ArrayList(Word) = .empty;
    var parts = std.mem.tokenizeScalar(u8, text, ' ');
    while (parts.next()) |word| try words.append(tidemill.allocator(), .{ .word = word, .length = @intCast(word.len) });
    return words.items;
}

comptime {
    tidemill.table("__NAME__", __NAME__, .{"text"});
}

test "words are rows" {
    const words = try __NAME__("a tide");
    try std.testing.expectEqual(2, words.len);
    try std.testing.expectEqualStrings("tide", words[1].word);
}
