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
//! | CHAR(n), VARCHAR(n), BINARY(n), VARBINARY(n), as arguments | Char(n), Varchar(n), Binary(n), Varbinary(n) |
//! | DATE, TIME | Date, Time |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p), DECIMAL(p, s) | Timestamp(p), TimestampLtz(p), Decimal(p, s) |
const std = @import("std");
const builtin = @import("builtin");

const is_wasm = builtin.target.cpu.arch == .wasm32;

pub const Bytes = struct { bytes: []const u8 };
/// As arguments, text and bytes of a declared length.
pub fn Char(comptime n: u32) type {
    return struct { text: []const u8, pub const sql = std.fmt.comptimePrint("CHAR({d})", .{n}); };
}
pub fn Varchar(comptime n: u32) type {
    return struct { text: []const u8, pub const sql = std.fmt.comptimePrint("VARCHAR({d})", .{n}); };
}
pub fn Binary(comptime n: u32) type {
    return struct { bytes: []const u8, pub const sql = std.fmt.comptimePrint("BINARY({d})", .{n}); };
}
pub fn Varbinary(comptime n: u32) type {
    return struct { bytes: []const u8, pub const sql = std.fmt.comptimePrint("VARBINARY({d})", .{n}); };
}
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
    /// How often the arena was asked in a call.
    var overflows: u32 = 0;

    const table: std.mem.Allocator.VTable = .{ .alloc = alloc, .resize = resize, .remap = remap, .free = free };

    fn alloc(context: *anyopaque, bytes: usize, alignment: std.mem.Alignment, caller: usize) ?[*]u8 {
        const at = alignment.forward(used);
        // the block is aligned for up to 16 bytes
        if (alignment.toByteUnits() <= 16 and bytes <= block.len and at <= block.len - bytes) {
            used = at + bytes;
            return @as([*]u8, &block) + at;
        }
        _ = context;
        overflows += 1;
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
    if (Scratch.overflows != 0) forget();
    message = "";
}
/// Apart, as it is seldom and would make every function long.
noinline fn forget() void {
    @branchHint(.cold);
    Scratch.overflows = 0;
    _ = Scratch.arena.reset(.retain_capacity);
}
/// Around what gives no memory: only what took some has to give it back, so that nothing of this is left in a function of mere numbers.
const Mark = struct {
    used: usize,
    overflows: u32,

    inline fn now() Mark {
        return .{ .used = Scratch.used, .overflows = Scratch.overflows };
    }
    inline fn release(before: Mark) void {
        if (Scratch.used != before.used or Scratch.overflows != before.overflows) begin();
    }
};
/// What a function gave that cannot be NULL or an error, as the export's result.
inline fn direct(comptime R: type, comptime function: anytype, arguments: anytype) Wasm(Inner(Plain(R))) {
    if (Inner(Plain(R)) == []const u8) {
        begin();
        return toWasm(inner(@call(.always_inline, function, arguments)));
    }
    const mark = Mark.now();
    defer mark.release();
    return toWasm(inner(@call(.always_inline, function, arguments)));
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
                return direct(R, function, argumentsFrom(F, 0, parameters, 0));
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
                    const mark = Mark.now();
                    defer mark.release();
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
                const mark = Mark.now();
                defer mark.release();
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
                return direct(R, State.finish, .{parameters[0]});
            }
        }.run;
        @export(&Export(&.{*const State}, W, body).export_, .{ .name = name ++ "_finish" });
    }
}

/// The columns of a row in the signature, and words of its record.
fn columnsOf(comptime Row: type) []const u8 {
    const info = @typeInfo(Row).@"struct";
    comptime var columns: []const u8 = "";
    inline for (info.field_names, info.field_types, 0..) |field, T, index| {
        columns = columns ++ (if (index > 0) "," else "") ++ "{\"name\":\"" ++ field ++ "\",\"type\":\"" ++ sqlOf(T) ++ "\"}";
    }
    return "[" ++ columns ++ "]";
}
fn slotWords(comptime T: type) usize {
    return if (Inner(Plain(T)) == i128) 2 else 1;
}
fn recordWords(comptime Row: type) usize {
    comptime var words: usize = 1;
    inline for (@typeInfo(Row).@"struct".field_types) |T| words += slotWords(T);
    return words;
}
fn writeRecord(comptime Row: type, row: Row, record: [*]u64) void {
    const info = @typeInfo(Row).@"struct";
    @memset(record[0..comptime recordWords(Row)], 0);
    comptime var at: usize = 1;
    inline for (info.field_names, info.field_types, 0..) |field, T, index| {
        const value = @field(row, field);
        if (@typeInfo(T) == .optional) {
            if (value) |present| write(@ptrCast(&record[at]), present) else record[0] |= @as(u64, 1) << index;
        } else write(@ptrCast(&record[at]), value);
        at += comptime slotWords(T);
    }
}
fn readSlot(comptime P: type, slot: [*]const u64) P {
    const I = Inner(P);
    const value: I = switch (I) {
        []const u8 => if (slot[0] >> 32 == 0) "" else @as([*]const u8, @ptrFromInt(@as(u32, @truncate(slot[0]))))[0 .. slot[0] >> 32],
        i128 => (@as(i128, @as(i64, @bitCast(slot[1]))) << 64) | slot[0],
        bool => @as(u32, @truncate(slot[0])) != 0,
        f64, i64 => @bitCast(slot[0]),
        f32, i32 => @bitCast(@as(u32, @truncate(slot[0]))),
        i8, i16 => @truncate(@as(i64, @bitCast(slot[0]))),
        else => @compileError("no field of a state is a " ++ @typeName(I)),
    };
    return outer(P, value);
}
fn readRecord(comptime Row: type, record: [*]const u64) Row {
    const info = @typeInfo(Row).@"struct";
    var row: Row = undefined;
    comptime var at: usize = 1;
    inline for (info.field_names, info.field_types, 0..) |field, T, index| {
        const is_null = (record[0] >> index) & 1 != 0;
        @field(row, field) = if (@typeInfo(T) == .optional and is_null) null else readSlot(Plain(T), record + at);
        at += comptime slotWords(T);
    }
    return row;
}
/// What a function made, or its error, as a block of records.
fn blockOf(comptime R: type, made: R) u64 {
    const rows = if (@typeInfo(R) == .error_union) made catch |failed| stop(if (message.len > 0) message else @errorName(failed)) else made;
    const Row = @typeInfo(@TypeOf(rows)).pointer.child;
    if (rows.len == 0) return 0;
    const words = comptime recordWords(Row);
    const records = allocator().alloc(u64, rows.len * words) catch stop("out of memory");
    for (rows, 0..) |row, number| writeRecord(Row, row, records.ptr + number * words);
    return (@as(u64, rows.len) << 32) | @as(u32, @truncate(@intFromPtr(records.ptr)));
}
fn RowOf(comptime R: type) type {
    const S = if (@typeInfo(R) == .error_union) @typeInfo(R).error_union.payload else R;
    return @typeInfo(S).pointer.child;
}

/// Exports a table function: it returns a slice of structs, whose fields are the columns, from `allocator()`.
pub fn table(comptime name: []const u8, comptime function: anytype, comptime names: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(function);
    const R = @typeInfo(F).@"fn".return_type.?;
    signature(name, "table", typesOf(F, 0), names, "\"columns\":" ++ columnsOf(RowOf(R)));
    if (!is_wasm) return;
    const body = struct {
        fn run(parameters: anytype) u64 {
            begin();
            return blockOf(R, @call(.auto, function, argumentsFrom(F, 0, parameters, 0)));
        }
    }.run;
    @export(&Export(parametersOfAll(&.{}, F), u64, body).export_, .{ .name = name });
}

// ---- batch functions ----

/// A column as the Arrow C data interface has it.
const Array = extern struct {
    length: i64,
    null_count: i64,
    offset: i64,
    buffer_count: i64,
    child_count: i64,
    buffers: [*]?[*]align(8) u8,
    children: u32,
    dictionary: u32,
    release: u32,
    private_data: u32,
};

/// An argument of a batch function: `len` values of `T`, which is optional where NULL can come.
pub fn Column(comptime T: type) type {
    const P = Plain(T);
    const I = Inner(P);
    return struct {
        const Self = @This();
        pub const Value = T;
        len: usize,
        valid: ?[*]const u8,
        data: [*]align(8) const u8,
        text: [*]const u8 = undefined,

        /// For tests: a column of numbers; of `valid` bit i is value i, null: all count.
        pub fn of(data: []align(8) const I, valid: ?[]const u8) Self {
            return .{ .len = data.len, .valid = if (valid) |bits| bits.ptr else null, .data = @ptrCast(data.ptr) };
        }
        pub fn isNull(self: Self, row: usize) bool {
            return if (self.valid) |bits| !bit(bits, row) else false;
        }
        /// All values of numbers; those of NULLs are 0.
        pub fn values(self: Self) []const I {
            return @as([*]const I, @ptrCast(self.data))[0..self.len];
        }
        pub fn get(self: Self, row: usize) T {
            if (@typeInfo(T) == .optional) {
                if (self.isNull(row)) return null;
            }
            const value: I = switch (I) {
                bool => bit(self.data, row),
                []const u8 => text: {
                    const offsets: [*]const u32 = @ptrCast(self.data);
                    break :text self.text[offsets[row]..offsets[row + 1]];
                },
                else => self.values()[row],
            };
            return outer(P, value);
        }
    };
}
fn bit(bits: [*]const u8, row: usize) bool {
    return (bits[row >> 3] >> @truncate(row & 7)) & 1 != 0;
}

/// The result of a batch function: `set` gives every row its value, of text in the rows' order.
pub fn Result(comptime T: type) type {
    const P = Plain(T);
    const I = Inner(P);
    return struct {
        const Self = @This();
        pub const Value = T;
        len: usize,
        valid: [*]u8,
        data: [*]align(8) u8,
        nulls: i64 = 0,
        text: std.ArrayList(u8) = .empty,

        /// For tests.
        pub fn init(len: usize) !Self {
            const valid = try allocator().alloc(u8, (len + 7) / 8);
            const data = try allocator().alignedAlloc(u8, .@"8", 16 * (len + 1));
            @memset(valid, 255);
            @memset(data, 0);
            return .{ .len = len, .valid = valid.ptr, .data = data.ptr };
        }
        pub fn isNull(self: Self, row: usize) bool {
            return !bit(self.valid, row);
        }
        pub fn values(self: Self) []I {
            return @as([*]I, @ptrCast(self.data))[0..self.len];
        }
        pub fn set(self: *Self, row: usize, value: T) void {
            if (@typeInfo(T) == .optional) {
                if (value) |present| self.put(row, inner(present)) else {
                    self.valid[row >> 3] &= ~(@as(u8, 1) << @truncate(row & 7));
                    self.nulls += 1;
                    if (I == []const u8) self.put(row, "");
                }
            } else self.put(row, inner(value));
        }
        fn put(self: *Self, row: usize, value: I) void {
            switch (I) {
                bool => if (value) {
                    self.data[row >> 3] |= @as(u8, 1) << @truncate(row & 7);
                },
                []const u8 => {
                    self.text.appendSlice(allocator(), value) catch stop("out of memory");
                    @as([*]u32, @ptrCast(self.data))[row + 1] = @truncate(self.text.items.len);
                },
                else => self.values()[row] = value,
            }
        }
    };
}

/// Exports a batch function, of whole columns: its parameters are `Column(T)` and, last, `*Result(T)`; `names` are those of the columns. Rows with NULL in a column whose
/// `T` is not optional are left out.
pub fn batch(comptime name: []const u8, comptime function: anytype, comptime names: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(function);
    const parameters = @typeInfo(F).@"fn".param_types;
    const count = parameters.len - 1;
    const Out = @typeInfo(parameters[count].?).pointer.child;
    comptime var types: []const type = &.{};
    inline for (parameters[0..count]) |C| types = types ++ &[_]type{C.?.Value};
    signature(name, "batch", types, names, resultOf(Out.Value));
    if (!is_wasm) return;
    const body = struct {
        fn run(given: anytype) void {
            begin();
            const arrays: [*]const Array = given[1];
            const target: *Array = given[2];
            var arguments: std.meta.ArgsTuple(F) = undefined;
            inline for (0..count) |index| {
                const array = arrays[index];
                arguments[index] = .{ .len = given[0], .valid = array.buffers[0], .data = array.buffers[1].? };
                if (Inner(Plain(parameters[index].?.Value)) == []const u8) arguments[index].text = array.buffers[2] orelse arguments[index].data;
            }
            var result: Out = .{ .len = given[0], .valid = target.buffers[0].?, .data = target.buffers[1].? };
            arguments[count] = &result;
            @call(.auto, function, arguments);
            target.null_count = result.nulls;
            if (Inner(Plain(Out.Value)) == []const u8 and result.text.items.len > 0) target.buffers[2] = @alignCast(result.text.items.ptr);
        }
    }.run;
    @export(&Export(&.{ u32, [*]const Array, *Array }, void, body).export_, .{ .name = name });
}

// ---- process table functions ----

const Timer = extern struct { time: i64, name: ?[*]const u8, length: u32, action: u32, zero: u32 = 0 };

/// What a process table function is called with: times in milliseconds since 1970, timers, and whether its state is forgotten.
pub const Context = extern struct {
    time: i64 = 0,
    watermark: i64 = 0,
    flags: u32 = 0,
    timer_name: ?[*]const u8 = null,
    timer_length: u32 = 0,
    /// Of a row: 1, or -1 when it is taken back.
    weight: i32 = 1,
    timers: ?[*]const Timer = null,
    timer_count: u32 = 0,
    cleared: u32 = 0,
    reserved: [20]u8 = @splat(0),

    var asked: [64]Timer = undefined;

    pub fn hasTime(self: *const Context) bool {
        return self.flags & 1 != 0;
    }
    pub fn hasWatermark(self: *const Context) bool {
        return self.flags & 2 != 0;
    }
    /// Whether nothing is known of the partition yet.
    pub fn isNew(self: *const Context) bool {
        return self.flags & 4 != 0;
    }
    /// The name of the timer that is due.
    pub fn timer(self: *const Context) []const u8 {
        return if (self.timer_name) |text| text[0..self.timer_length] else "";
    }
    /// `timer` is called when the watermark reaches `time`. A timer with a name is moved when it is set again; without one, "", every time is a timer of its own.
    pub fn setTimer(self: *Context, name: []const u8, time: i64) void {
        self.ask(name, time, 1);
    }
    pub fn clearTimer(self: *Context, name: []const u8, time: i64) void {
        self.ask(name, time, 2);
    }
    pub fn clearTimers(self: *Context) void {
        self.ask("", 0, 3);
    }
    pub fn clearState(self: *Context) void {
        self.cleared = 1;
    }
    fn ask(self: *Context, name: []const u8, time: i64, action: u32) void {
        if (self.timer_count == asked.len) stop("too many timers in one call");
        asked[self.timer_count] = .{ .time = time, .name = name.ptr, .length = @truncate(name.len), .action = action };
        self.timer_count += 1;
        self.timers = &asked;
    }
};

/// Exports a process table function: rows of a partition one by one, with a state that the engine keeps for the partition. `Function` has the struct `State`, whose
/// defaults it begins with in tests (in queries: 0, empty and NULL), `row(context: *Context, state: *State, columns…, arguments…)`, which returns a slice of structs, the rows it makes,
/// from `allocator()`, and may have `timer(context: *Context, state: *State)`, which returns the same. `columns` and `arguments` are names.
pub fn process(comptime name: []const u8, comptime Function: type, comptime columns: anytype, comptime arguments: anytype) void {
    @setEvalBranchQuota(100_000);
    const F = @TypeOf(Function.row);
    const R = @typeInfo(F).@"fn".return_type.?;
    const State = Function.State;
    const types = typesOf(F, 2);
    comptime var input: []const u8 = "";
    inline for (columns, 0..) |column, index| {
        input = input ++ (if (index > 0) "," else "") ++ "{\"name\":\"" ++ column ++ "\",\"type\":\"" ++ sqlOf(types[index]) ++ "\"}";
    }
    signature(name, "process", types[columns.len..], arguments, "\"table\":{\"columns\":[" ++ input ++ "]},\"states\":[{\"name\":\"state\",\"columns\":" ++
        columnsOf(State) ++ "}],\"columns\":" ++ columnsOf(RowOf(R)));
    if (!is_wasm) return;
    const body = struct {
        fn run(parameters: anytype) u64 {
            begin();
            const context: *Context = parameters[0];
            const record: [*]u64 = @ptrFromInt(@intFromPtr(context) + 64);
            var state = readRecord(State, record);
            var given = argumentsFrom(F, 2, parameters, 1);
            given[0] = context;
            given[1] = &state;
            const made = blockOf(R, @call(.auto, Function.row, given));
            writeRecord(State, state, record);
            return made;
        }
        fn timer(parameters: anytype) u64 {
            begin();
            const context: *Context = parameters[0];
            const record: [*]u64 = @ptrFromInt(@intFromPtr(context) + 64);
            var state = readRecord(State, record);
            const made = blockOf(@typeInfo(@TypeOf(Function.timer)).@"fn".return_type.?, Function.timer(context, &state));
            writeRecord(State, state, record);
            return made;
        }
    };
    comptime var all: []const type = &.{*Context};
    inline for (types) |T| all = all ++ comptime parametersOf(T);
    @export(&Export(all, u64, body.run).export_, .{ .name = name });
    if (@hasDecl(Function, "timer")) @export(&Export(&.{*Context}, u64, body.timer).export_, .{ .name = name ++ "_timer" });
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
