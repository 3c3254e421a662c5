//! Functions for Tidemill in Zig, as WebAssembly.
//!
//!     const tidemill = @import("tidemill.zig");
//!
//!     fn risk(price: f64, channel: ?[]const u8) !f64 {
//!         if (price < 0) return tidemill.fail("negative price {d}", .{price});
//!         return if (channel != null and std.mem.eql(u8, channel.?, "direct")) price else price * 2;
//!     }
//!     comptime {
//!         tidemill.scalar("risk", risk, .{ "price", "channel" });
//!     }
//!
//! An argument that is not optional is never NULL: where one is, the result is NULL and the function is not asked. An optional result can be NULL; an error is
//! an error of the row: its name, or the message of `fail`. The functions stay ordinary ones, which `zig test` calls.
//!
//! | SQL | Zig |
//! |---|---|
//! | BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE | bool, i8, i16, i32, i64, f32, f64 |
//! | STRING, BYTES | []const u8, Bytes |
//! | DATE, TIME | Date, Time |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p), DECIMAL(p, s) | Timestamp(p), TimestampLtz(p), Decimal(p, s) |
const std = @import("std");
const builtin = @import("builtin");

const is_wasm = builtin.target.cpu.arch == .wasm32;

pub const Bytes = struct { bytes: []const u8 };
/// Days since 1970-01-01.
pub const Date = struct { days: i32, pub const sql = "DATE"; };
/// Milliseconds since midnight.
pub const Time = struct { milliseconds: i32, pub const sql = "TIME"; };
/// Since 1970-01-01 00:00:00: microseconds for p up to 6, else nanoseconds.
pub fn Timestamp(comptime p: u8) type {
    return struct { value: i64, pub const sql = std.fmt.comptimePrint("TIMESTAMP({d})", .{p}); };
}
/// As Timestamp, in UTC.
pub fn TimestampLtz(comptime p: u8) type {
    return struct { value: i64, pub const sql = std.fmt.comptimePrint("TIMESTAMP_LTZ({d})", .{p}); };
}
/// The number · 10^s; i64 up to 18 digits, i128 above.
pub fn Decimal(comptime p: u8, comptime s: u8) type {
    return struct { value: if (p <= 18) i64 else i128, pub const sql = std.fmt.comptimePrint("DECIMAL({d}, {d})", .{ p, s }); };
}

// ---- types ----

fn Plain(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .optional => |optional| optional.child,
        .error_union => |fallible| Plain(fallible.payload),
        else => T,
    };
}
fn isNullable(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => true,
        .error_union => |fallible| isNullable(fallible.payload),
        else => false,
    };
}
fn sqlOf(comptime T: type) []const u8 {
    const P = Plain(T);
    const name = if (P == bool) "BOOLEAN" else if (P == i8) "TINYINT" else if (P == i16) "SMALLINT" else if (P == i32) "INT" else if (P == i64) "BIGINT" else if (P == f32) "FLOAT" else if (P == f64) "DOUBLE" else if (P == []const u8) "STRING" else if (P == Bytes) "BYTES" else if (@typeInfo(P) == .@"struct" and @hasDecl(P, "sql")) P.sql else @compileError("a function for Tidemill cannot have the type " ++ @typeName(P));
    return if (isNullable(T)) name else name ++ " NOT NULL";
}
fn Inner(comptime P: type) type {
    if (P == Bytes or P == []const u8) return []const u8;
    return switch (@typeInfo(P)) {
        .@"struct" => |info| @FieldType(P, info.field_names[0]),
        else => P,
    };
}
fn inner(value: anytype) Inner(@TypeOf(value)) {
    const P = @TypeOf(value);
    return switch (@typeInfo(P)) {
        .@"struct" => |info| @field(value, info.field_names[0]),
        else => value,
    };
}
fn outer(comptime P: type, value: Inner(P)) P {
    switch (@typeInfo(P)) {
        .@"struct" => |info| {
            var made: P = undefined;
            @field(made, info.field_names[0]) = value;
            return made;
        },
        else => return value,
    }
}
/// The wasm value of a plain type.
fn Wasm(comptime I: type) type {
    return switch (I) {
        bool, i8, i16, i32 => i32,
        i64, f32, f64 => I,
        []const u8 => u64,
        else => @compileError("no wasm value for " ++ @typeName(I)),
    };
}
fn toWasm(value: anytype) Wasm(@TypeOf(value)) {
    return switch (@TypeOf(value)) {
        bool => @intFromBool(value),
        []const u8 => packed_(value),
        else => value,
    };
}
fn packed_(bytes: []const u8) u64 {
    return (@as(u64, bytes.len) << 32) | @as(u32, @truncate(@intFromPtr(bytes.ptr)));
}
/// The parameters of an argument.
fn parametersOf(comptime T: type) []const type {
    const I = Inner(Plain(T));
    const values: []const type = if (I == []const u8) &.{ [*]const u8, u32 } else if (I == i128) &.{ u64, i64 } else &.{Wasm(I)};
    return if (isNullable(T)) values ++ &[_]type{i32} else values;
}
fn fromParameters(comptime T: type, parameters: anytype, comptime at: usize) T {
    const P = Plain(T);
    const I = Inner(P);
    if (comptime isNullable(T)) {
        if (parameters[at + comptime parametersOf(T).len - 1] == 0) return null;
    }
    const value: I = switch (I) {
        []const u8 => parameters[at][0..parameters[at + 1]],
        i128 => (@as(i128, parameters[at + 1]) << 64) | parameters[at],
        bool => parameters[at] != 0,
        i8, i16 => @truncate(parameters[at]),
        else => parameters[at],
    };
    return outer(P, value);
}

// ---- exports ----

/// A function over a tuple of parameters as one with these parameters.
fn Export(comptime types: []const type, comptime R: type, comptime body: anytype) type {
    return switch (types.len) {
        0 => struct { fn export_() callconv(.c) R { return body(.{}); } },
        1 => struct { fn export_(a: types[0]) callconv(.c) R { return body(.{ a }); } },
        2 => struct { fn export_(a: types[0], b: types[1]) callconv(.c) R { return body(.{ a, b }); } },
        3 => struct { fn export_(a: types[0], b: types[1], c: types[2]) callconv(.c) R { return body(.{ a, b, c }); } },
        4 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3]) callconv(.c) R { return body(.{ a, b, c, d }); } },
        5 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4]) callconv(.c) R { return body(.{ a, b, c, d, e }); } },
        6 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5]) callconv(.c) R { return body(.{ a, b, c, d, e, f }); } },
        7 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g }); } },
        8 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h }); } },
        9 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i }); } },
        10 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j }); } },
        11 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k }); } },
        12 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l }); } },
        13 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m }); } },
        14 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n }); } },
        15 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o }); } },
        16 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p }); } },
        17 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q }); } },
        18 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r }); } },
        19 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s }); } },
        20 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18], t: types[19]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t }); } },
        21 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18], t: types[19], u: types[20]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u }); } },
        22 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18], t: types[19], u: types[20], v: types[21]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v }); } },
        23 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18], t: types[19], u: types[20], v: types[21], w: types[22]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w }); } },
        24 => struct { fn export_(a: types[0], b: types[1], c: types[2], d: types[3], e: types[4], f: types[5], g: types[6], h: types[7], i: types[8], j: types[9], k: types[10], l: types[11], m: types[12], n: types[13], o: types[14], p: types[15], q: types[16], r: types[17], s: types[18], t: types[19], u: types[20], v: types[21], w: types[22], x: types[23]) callconv(.c) R { return body(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x }); } },
        else => @compileError("functions for Tidemill have at most 24 wasm parameters in Zig"),
    };
}

const Place = extern struct { value: [16]u8 align(16), status: i32, message: u32, length: u32 };

fn isByPlace(comptime R: type) bool {
    return @typeInfo(R) == .error_union or isNullable(R) or Inner(Plain(R)) == i128;
}
fn write(to: [*]u8, value: anytype) void {
    const made = inner(value);
    const I = @TypeOf(made);
    const stored = if (I == i128) made else toWasm(made);
    @memcpy(to, std.mem.asBytes(&stored));
}
fn give(comptime R: type, result: R, place: *Place) void {
    if (@typeInfo(R) == .error_union) {
        if (result) |value| give(@TypeOf(value), value, place) else |failed| {
            const text = if (message.len > 0) message else @errorName(failed);
            place.status = 2;
            place.message = @truncate(@intFromPtr(text.ptr));
            place.length = @truncate(text.len);
        }
    } else if (@typeInfo(R) == .optional) {
        if (result) |value| give(@TypeOf(value), value, place) else place.status = 0;
    } else {
        write(&place.value, result);
        place.status = 1;
    }
}
/// The parameters of functions with these arguments, behind some others, and the arguments from such parameters.
fn parametersOfAll(comptime first: []const type, comptime F: type) []const type {
    comptime var all = first;
    inline for (@typeInfo(F).@"fn".param_types) |T| all = all ++ comptime parametersOf(T.?);
    return all;
}
fn argumentsFrom(comptime F: type, comptime skip: usize, parameters: anytype, comptime from: usize) std.meta.ArgsTuple(F) {
    var arguments: std.meta.ArgsTuple(F) = undefined;
    comptime var at = from;
    inline for (@typeInfo(F).@"fn".param_types, 0..) |T, index| {
        if (index >= skip) {
            arguments[index] = fromParameters(T.?, parameters, at);
            at += comptime parametersOf(T.?).len;
        }
    }
    return arguments;
}

// ---- memory ----

/// What a call takes comes from one block, which is free again with the next call; what does not fit, from an arena.
const Scratch = struct {
    var block: [32768]u8 align(16) = undefined;
    var used: usize = 0;
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    var overflowed = false;

    const table: std.mem.Allocator.VTable = .{ .alloc = alloc, .resize = resize, .remap = remap, .free = free };

    fn alloc(context: *anyopaque, bytes: usize, alignment: std.mem.Alignment, caller: usize) ?[*]u8 {
        const at = alignment.forward(used);
        // the block is aligned for up to 16 bytes
        if (alignment.toByteUnits() <= 16 and bytes <= block.len and at <= block.len - bytes) {
            used = at + bytes;
            return @as([*]u8, &block) + at;
        }
        _ = context;
        overflowed = true;
        return arena.allocator().rawAlloc(bytes, alignment, caller);
    }
    /// Where memory begins in the block, if it is the newest there.
    fn newest(memory: []u8) ?usize {
        const from = @intFromPtr(memory.ptr) -% @intFromPtr(&block);
        return if (from < block.len and from + memory.len == used) from else null;
    }
    fn resize(context: *anyopaque, memory: []u8, alignment: std.mem.Alignment, bytes: usize, caller: usize) bool {
        _ = .{ context, alignment, caller };
        const from = newest(memory) orelse return bytes <= memory.len;
        if (bytes > block.len - from) return false;
        used = from + bytes;
        return true;
    }
    fn remap(context: *anyopaque, memory: []u8, alignment: std.mem.Alignment, bytes: usize, caller: usize) ?[*]u8 {
        return if (resize(context, memory, alignment, bytes, caller)) memory.ptr else null;
    }
    fn free(context: *anyopaque, memory: []u8, alignment: std.mem.Alignment, caller: usize) void {
        _ = .{ context, alignment, caller };
        if (newest(memory)) |from| used = from;
    }
};
var message: []const u8 = "";

/// Memory until the next call, for text that a function makes.
pub fn allocator() std.mem.Allocator {
    return .{ .ptr = undefined, .vtable = &Scratch.table };
}
inline fn begin() void {
    Scratch.used = 0;
    if (Scratch.overflowed) {
        Scratch.overflowed = false;
        _ = Scratch.arena.reset(.retain_capacity);
    }
    message = "";
}

/// An error with a message: `return tidemill.fail("negative price {d}", .{price})`.
pub fn fail(comptime format: []const u8, values: anytype) error{Failed} {
    message = std.fmt.allocPrint(allocator(), format, values) catch "out of memory";
    return error.Failed;
}

fn allocate(bytes: u32) callconv(.c) u32 {
    const room = std.heap.page_allocator.alignedAlloc(u8, .@"16", bytes) catch return 0;
    return @intFromPtr(room.ptr);
}
comptime {
    if (is_wasm) @export(&allocate, .{ .name = "tidemill_allocate" });
}

// ---- signatures ----

fn signature(comptime name: []const u8, comptime kind: []const u8, comptime types: []const type, comptime names: anytype, comptime rest: []const u8) void {
    if (names.len != types.len) @compileError("a name for every argument of " ++ name);
    comptime var arguments: []const u8 = "";
    comptime var argument_names: []const u8 = "";
    inline for (types, 0..) |T, index| {
        const comma = if (index > 0) "," else "";
        arguments = arguments ++ comma ++ "\"" ++ sqlOf(T) ++ "\"";
        argument_names = argument_names ++ comma ++ "\"" ++ names[index] ++ "\"";
    }
    const json = "{\"version\":1,\"name\":\"" ++ name ++ "\",\"kind\":\"" ++ kind ++ "\",\"nulls\":\"call\",\"arguments\":[" ++ arguments ++ "],\"argumentNames\":[" ++ argument_names ++ "]," ++ rest ++ "}";
    comptime var escaped: []const u8 = "";
    inline for (json) |byte| escaped = escaped ++ (if (byte == '"') "\\\"" else &[_]u8{byte});
    _ = Section(".section .custom_section.tidemill.signatures,\"\",@\n.ascii \"" ++ escaped ++ "\\n\"\n.text\n").written;
}
/// Assembler text stands in a block of a container, not in a function.
fn Section(comptime text: []const u8) type {
    return struct {
        const written = true;
        comptime {
            if (is_wasm) asm (text);
        }
    };
}
fn typesOf(comptime F: type, comptime skip: usize) []const type {
    comptime var all: []const type = &.{};
    inline for (@typeInfo(F).@"fn".param_types[skip..]) |T| all = all ++ &[_]type{T.?};
    return all;
}
fn resultOf(comptime R: type) []const u8 {
    return "\"result\":\"" ++ sqlOf(R) ++ "\"";
}

// ---- functions ----

/// Exports a function of a row; `names` are its arguments'.
pub fn scalar(comptime name: []const u8, comptime function: anytype, comptime names: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(function);
    const R = @typeInfo(F).@"fn".return_type.?;
    signature(name, "scalar", typesOf(F, 0), names, resultOf(R));
    if (!is_wasm) return;
    if (comptime isByPlace(R)) {
        const body = struct {
            fn run(parameters: anytype) void {
                begin();
                give(R, @call(.always_inline, function, argumentsFrom(F, 0, parameters, 1)), parameters[0]);
            }
        }.run;
        @export(&Export(parametersOfAll(&.{*Place}, F), void, body).export_, .{ .name = name });
    } else {
        const W = Wasm(Inner(Plain(R)));
        const body = struct {
            fn run(parameters: anytype) W {
                if (W == u64) begin();
                return toWasm(inner(@call(.always_inline, function, argumentsFrom(F, 0, parameters, 0))));
            }
        }.run;
        @export(&Export(parametersOfAll(&.{}, F), W, body).export_, .{ .name = name });
    }
}

/// Exports an aggregate over a struct that the engine keeps for each group. It begins as its fields' defaults and holds no pointer; it has
/// `accumulate(*State, arguments…)` and `finish(*const State)`, and where it can take rows back `retract`, where groups can be merged `merge(*State, *const State)`.
pub fn aggregate(comptime name: []const u8, comptime State: type, comptime names: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(State.accumulate);
    const R = @typeInfo(@TypeOf(State.finish)).@"fn".return_type.?;
    signature(name, "aggregate", typesOf(F, 1), names, resultOf(R) ++ ",\"stateBytes\":" ++ std.fmt.comptimePrint("{d}", .{@sizeOf(State)}));
    if (!is_wasm) return;
    const init = struct {
        fn run(parameters: anytype) void {
            parameters[0].* = .{};
        }
    }.run;
    @export(&Export(&.{*State}, void, init).export_, .{ .name = name ++ "_init" });
    inline for (.{ "accumulate", "retract" }) |part| {
        if (@hasDecl(State, part)) {
            const function = @field(State, part);
            const G = @TypeOf(function);
            const body = struct {
                fn run(parameters: anytype) void {
                    var arguments = argumentsFrom(G, 1, parameters, 1);
                    arguments[0] = parameters[0];
                    @call(.always_inline, function, arguments);
                }
            }.run;
            comptime var all: []const type = &.{*State};
            inline for (@typeInfo(G).@"fn".param_types[1..]) |T| all = all ++ comptime parametersOf(T.?);
            @export(&Export(all, void, body).export_, .{ .name = name ++ "_" ++ part });
        }
    }
    if (@hasDecl(State, "merge")) {
        const body = struct {
            fn run(parameters: anytype) void {
                State.merge(parameters[0], parameters[1]);
            }
        }.run;
        @export(&Export(&.{ *State, *const State }, void, body).export_, .{ .name = name ++ "_merge" });
    }
    if (comptime isByPlace(R)) {
        const body = struct {
            fn run(parameters: anytype) void {
                begin();
                give(R, State.finish(parameters[1]), parameters[0]);
            }
        }.run;
        @export(&Export(&.{ *Place, *const State }, void, body).export_, .{ .name = name ++ "_finish" });
    } else {
        const W = Wasm(Inner(Plain(R)));
        const body = struct {
            fn run(parameters: anytype) W {
                return toWasm(inner(State.finish(parameters[0])));
            }
        }.run;
        @export(&Export(&.{*const State}, W, body).export_, .{ .name = name ++ "_finish" });
    }
}

/// Exports a table function: it returns a slice of structs, whose fields are the columns, from `allocator()`.
pub fn table(comptime name: []const u8, comptime function: anytype, comptime names: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(function);
    const R = @typeInfo(F).@"fn".return_type.?;
    const Row = @typeInfo(Plain(R)).pointer.child;
    const info = @typeInfo(Row).@"struct";
    comptime var columns: []const u8 = "";
    comptime var words: usize = 1;
    inline for (info.field_names, info.field_types, 0..) |field, T, index| {
        columns = columns ++ (if (index > 0) "," else "") ++ "{\"name\":\"" ++ field ++ "\",\"type\":\"" ++ sqlOf(T) ++ "\"}";
        words += if (Inner(Plain(T)) == i128) 2 else 1;
    }
    signature(name, "table", typesOf(F, 0), names, "\"columns\":[" ++ columns ++ "]");
    if (!is_wasm) return;
    const record_words = words;
    const body = struct {
        fn run(parameters: anytype) u64 {
            begin();
            const made = @call(.auto, function, argumentsFrom(F, 0, parameters, 0));
            const rows = if (@typeInfo(R) == .error_union) made catch |failed| stop(if (message.len > 0) message else @errorName(failed)) else made;
            if (rows.len == 0) return 0;
            const records = allocator().alloc(u64, rows.len * record_words) catch stop("out of memory");
            @memset(records, 0);
            for (rows, 0..) |row, number| {
                const record = records[number * record_words ..];
                comptime var at: usize = 1;
                inline for (info.field_names, info.field_types, 0..) |field, T, index| {
                    const value = @field(row, field);
                    if (@typeInfo(T) == .optional) {
                        if (value) |present| write(@ptrCast(&record[at]), present) else record[0] |= @as(u64, 1) << index;
                    } else write(@ptrCast(&record[at]), value);
                    at += if (Inner(Plain(T)) == i128) 2 else 1;
                }
            }
            return (@as(u64, rows.len) << 32) | @as(u32, @truncate(@intFromPtr(records.ptr)));
        }
    }.run;
    @export(&Export(parametersOfAll(&.{}, F), u64, body).export_, .{ .name = name });
}

const imports = struct {
    extern "tidemill" fn fail(text: [*]const u8, length: u32) void;
};
/// Ends the call with a message, from anywhere.
pub fn stop(text: []const u8) noreturn {
    if (is_wasm) {
        imports.fail(text.ptr, @truncate(text.len));
        @trap();
    }
    @panic(text);
}
/// `pub const panic = tidemill.panic;` in the root file gives panics their message.
pub const panic = std.debug.FullPanic(struct {
    fn call(text: []const u8, _: ?usize) noreturn {
        stop(text);
    }
}.call);
