/* User functions for Tidemill in C and C++, as WebAssembly; no libc is needed.
 *
 *     #include "tidemill.h"
 *
 *     TIDEMILL_SCALAR(OR_ERROR(DOUBLE), risk, (DOUBLE, price), (NULLABLE(STRING), channel)) {
 *         if (price < 0) return TIDEMILL_ERROR(risk, "negative price");
 *         return TIDEMILL_VALUE(risk, tidemill_equals(channel.value, "direct") ? price : price * 2);
 *     }
 *
 * Types: BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DATE TIME TIMESTAMP(p) TIMESTAMP_LTZ(p) DECIMAL(p, s) LONG_DECIMAL(p, s) STRING BYTES.
 * An argument may also be CHAR(n), VARCHAR(n), BINARY(n) or VARBINARY(n).
 * An argument that is not NULLABLE(…) is never NULL: where one is, the result is NULL and the function is not asked. A NULLABLE(…) argument is a
 * struct of `value` and `is_null`. A result is a plain value, or NULLABLE(…), OR_ERROR(…), NULLABLE_OR_ERROR(…): then it is a struct NAME_result, made by
 * TIDEMILL_VALUE(NAME, value), TIDEMILL_NULL(NAME), TIDEMILL_ERROR(NAME, "message").
 * Text is a tidemill_text of `data` (UTF-8, without a 0 at the end) and `length`; room for text that a function makes comes from tidemill_room(bytes), which
 * holds until the next call. tidemill_fail("message") gives up, from anywhere.
 * Values: DATE days since 1970-01-01; TIME milliseconds; TIMESTAMP microseconds since 1970 for p up to 6, else nanoseconds; DECIMAL the number · 10^s, up to 18
 * digits; LONG_DECIMAL the same as __int128, 19 to 38.
 *
 * Outside of wasm the functions are ordinary ones, NAME(arguments), for tests. At most 8 arguments. */
#ifndef TIDEMILL_H
#define TIDEMILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct { const char *data; uint32_t length; } tidemill_text;
typedef __int128 tidemill_wide;

#define TIDEMILL_DECLARE_NULLABLE(name, type) typedef struct { type value; bool is_null; } tidemill_nullable_##name
TIDEMILL_DECLARE_NULLABLE(bool, bool);
TIDEMILL_DECLARE_NULLABLE(int8, int8_t);
TIDEMILL_DECLARE_NULLABLE(int16, int16_t);
TIDEMILL_DECLARE_NULLABLE(int32, int32_t);
TIDEMILL_DECLARE_NULLABLE(int64, int64_t);
TIDEMILL_DECLARE_NULLABLE(float, float);
TIDEMILL_DECLARE_NULLABLE(double, double);
TIDEMILL_DECLARE_NULLABLE(wide, tidemill_wide);
TIDEMILL_DECLARE_NULLABLE(text, tidemill_text);

#define TIDEMILL_INLINE static inline __attribute__((unused))
#ifdef __cplusplus
#define TIDEMILL_C extern "C"
#else
#define TIDEMILL_C
#endif

/* ---- memory and text ---- */

#ifdef __wasm__
#ifdef __cplusplus
extern "C" {
#endif
extern unsigned char __heap_base;
__attribute__((import_module("tidemill"), import_name("fail"))) void tidemill_import_fail(const char *message, uint32_t length);
__attribute__((weak)) uintptr_t tidemill_heap_end;
__attribute__((weak)) uintptr_t tidemill_scratch_start, tidemill_scratch_next, tidemill_scratch_end;

/* Room that is given for good; the engine keeps arguments there. */
__attribute__((weak, export_name("tidemill_allocate"))) void *tidemill_allocate(uint32_t bytes) {
    uintptr_t from = ((tidemill_heap_end ? tidemill_heap_end : (uintptr_t)&__heap_base) + 15) & ~(uintptr_t)15;
    uint64_t end = (uint64_t)from + bytes;
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) << 16;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == (size_t)-1) return 0;
    tidemill_heap_end = (uintptr_t)end;
    return (void *)from;
}
__attribute__((weak)) void *memcpy(void *to, const void *from, size_t bytes) { __builtin_memcpy(to, from, bytes); return to; }
__attribute__((weak)) void *memmove(void *to, const void *from, size_t bytes) { __builtin_memmove(to, from, bytes); return to; }
__attribute__((weak)) void *memset(void *to, int value, size_t bytes) { __builtin_memset(to, value, bytes); return to; }
__attribute__((weak)) int memcmp(const void *a, const void *b, size_t bytes) {
    const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;
    for (size_t i = 0; i < bytes; i++) if (x[i] != y[i]) return x[i] - y[i];
    return 0;
}
__attribute__((weak)) size_t strlen(const char *text) { size_t n = 0; while (text[n]) n++; return n; }
#ifdef __cplusplus
}
#endif
#define TIDEMILL_BEGIN() (tidemill_scratch_next = tidemill_scratch_start)
/* Around what gives no text: only what took room has some to give back, so that nothing of this is left in a function of mere numbers. */
#define TIDEMILL_MARK_ROOM() uintptr_t tidemill_before = tidemill_scratch_next
#define TIDEMILL_FREE_ROOM() do { if (tidemill_scratch_next != tidemill_before) TIDEMILL_BEGIN(); } while (0)
#else
#include <stdio.h>
#include <stdlib.h>
#define TIDEMILL_BEGIN() ((void)0)
#endif

TIDEMILL_INLINE uint32_t tidemill_length(const char *text) { uint32_t n = 0; while (text[n]) n++; return n; }
/* Text of a C string. */
TIDEMILL_INLINE tidemill_text tidemill_text_of(const char *text) { tidemill_text made = { text, tidemill_length(text) }; return made; }
TIDEMILL_INLINE bool tidemill_same(tidemill_text a, tidemill_text b) {
    if (a.length != b.length) return false;
    for (uint32_t i = 0; i < a.length; i++) if (a.data[i] != b.data[i]) return false;
    return true;
}
TIDEMILL_INLINE bool tidemill_equals(tidemill_text a, const char *b) { return tidemill_same(a, tidemill_text_of(b)); }

/* Ends the call, with this message. */
TIDEMILL_INLINE __attribute__((noreturn, cold)) void tidemill_fail(const char *message) {
#ifdef __wasm__
    tidemill_import_fail(message, tidemill_length(message));
    __builtin_trap();
#else
    fprintf(stderr, "%s\n", message);
    abort();
#endif
}

#ifdef __wasm__
__attribute__((weak, noinline, cold)) TIDEMILL_C void tidemill_more_room(uint32_t bytes) {
    uint32_t size = 2 * (uint32_t)(tidemill_scratch_end - tidemill_scratch_start) + bytes;
    if (size < 65536) size = 65536;
    tidemill_scratch_start = tidemill_scratch_next = (uintptr_t)tidemill_allocate(size);
    if (!tidemill_scratch_start) tidemill_fail("out of memory");
    tidemill_scratch_end = tidemill_scratch_start + size;
}
#endif
/* Room for so many bytes, until the next call. */
TIDEMILL_INLINE void *tidemill_room(uint32_t bytes) {
#ifdef __wasm__
    if ((uint64_t)tidemill_scratch_next + bytes > tidemill_scratch_end) tidemill_more_room(bytes);
    void *room = (void *)tidemill_scratch_next;
    tidemill_scratch_next += (bytes + 7) & ~(uintptr_t)7;
    return room;
#else
    return malloc(bytes);
#endif
}

/* ---- types: how they are passed, their C type, that of NULLABLE(…), and SQL's name ---- */

#define TIDEMILL_K_BOOLEAN plain, bool, tidemill_nullable_bool, "BOOLEAN"
#define TIDEMILL_K_TINYINT plain, int8_t, tidemill_nullable_int8, "TINYINT"
#define TIDEMILL_K_SMALLINT plain, int16_t, tidemill_nullable_int16, "SMALLINT"
#define TIDEMILL_K_INT plain, int32_t, tidemill_nullable_int32, "INT"
#define TIDEMILL_K_BIGINT plain, int64_t, tidemill_nullable_int64, "BIGINT"
#define TIDEMILL_K_FLOAT plain, float, tidemill_nullable_float, "FLOAT"
#define TIDEMILL_K_DOUBLE plain, double, tidemill_nullable_double, "DOUBLE"
#define TIDEMILL_K_DATE plain, int32_t, tidemill_nullable_int32, "DATE"
#define TIDEMILL_K_TIME plain, int32_t, tidemill_nullable_int32, "TIME"
#define TIDEMILL_K_TIMESTAMP(p) plain, int64_t, tidemill_nullable_int64, "TIMESTAMP(" #p ")"
#define TIDEMILL_K_TIMESTAMP_LTZ(p) plain, int64_t, tidemill_nullable_int64, "TIMESTAMP_LTZ(" #p ")"
#define TIDEMILL_K_DECIMAL(p, s) plain, int64_t, tidemill_nullable_int64, "DECIMAL(" #p ", " #s ")"
#define TIDEMILL_K_LONG_DECIMAL(p, s) wide, tidemill_wide, tidemill_nullable_wide, "DECIMAL(" #p ", " #s ")"
#define TIDEMILL_K_STRING text, tidemill_text, tidemill_nullable_text, "STRING"
#define TIDEMILL_K_BYTES text, tidemill_text, tidemill_nullable_text, "BYTES"
#define TIDEMILL_K_CHAR(n) text, tidemill_text, tidemill_nullable_text, "CHAR(" #n ")"
#define TIDEMILL_K_VARCHAR(n) text, tidemill_text, tidemill_nullable_text, "VARCHAR(" #n ")"
#define TIDEMILL_K_BINARY(n) text, tidemill_text, tidemill_nullable_text, "BINARY(" #n ")"
#define TIDEMILL_K_VARBINARY(n) text, tidemill_text, tidemill_nullable_text, "VARBINARY(" #n ")"
#define TIDEMILL_K_NULLABLE(type) TIDEMILL_MARK(null, TIDEMILL_K_##type)
#define TIDEMILL_K_OR_ERROR(type) TIDEMILL_MARK(error, TIDEMILL_K_##type)
#define TIDEMILL_K_NULLABLE_OR_ERROR(type) TIDEMILL_MARK(null, TIDEMILL_K_##type)
#define TIDEMILL_MARK(mark, ...) TIDEMILL_MARK_(mark, __VA_ARGS__)
#define TIDEMILL_MARK_(mark, kind, type, nullable, sql) kind##_##mark, type, nullable, sql

/* (TYPE, name) → M_kind(name, C type, nullable C type, SQL) */
#define TIDEMILL_WITH(m, type, name) TIDEMILL_WITH_(m, name, TIDEMILL_K_##type)
#define TIDEMILL_WITH_(m, name, ...) TIDEMILL_WITH__(m, name, __VA_ARGS__)
#define TIDEMILL_WITH__(m, name, kind, type, nullable, sql) m##_##kind(name, type, nullable, sql)

/* parameters of the function */
#define TIDEMILL_DECLARE_plain(n, t, o, s) t n
#define TIDEMILL_DECLARE_wide(n, t, o, s) t n
#define TIDEMILL_DECLARE_text(n, t, o, s) t n
#define TIDEMILL_DECLARE_plain_null(n, t, o, s) o n
#define TIDEMILL_DECLARE_wide_null(n, t, o, s) o n
#define TIDEMILL_DECLARE_text_null(n, t, o, s) o n
/* parameters of the export */
#define TIDEMILL_PASS_plain(n, t, o, s) t n
#define TIDEMILL_PASS_wide(n, t, o, s) uint64_t n##_low, int64_t n##_high
#define TIDEMILL_PASS_text(n, t, o, s) const char *n##_data, uint32_t n##_length
#define TIDEMILL_PASS_plain_null(n, t, o, s) t n, int32_t n##_valid
#define TIDEMILL_PASS_wide_null(n, t, o, s) uint64_t n##_low, int64_t n##_high, int32_t n##_valid
#define TIDEMILL_PASS_text_null(n, t, o, s) const char *n##_data, uint32_t n##_length, int32_t n##_valid
/* from these to those */
#ifdef __cplusplus
#define TIDEMILL_MAKE(type, ...) type{__VA_ARGS__}
#else
#define TIDEMILL_MAKE(type, ...) (type){__VA_ARGS__}
#endif
#define TIDEMILL_WIDE(n) (((tidemill_wide)n##_high << 64) | n##_low)
#define TIDEMILL_GIVE_plain(n, t, o, s) n
#define TIDEMILL_GIVE_wide(n, t, o, s) TIDEMILL_WIDE(n)
#define TIDEMILL_GIVE_text(n, t, o, s) TIDEMILL_MAKE(t, n##_data, n##_length)
#define TIDEMILL_GIVE_plain_null(n, t, o, s) TIDEMILL_MAKE(o, n, !n##_valid)
#define TIDEMILL_GIVE_wide_null(n, t, o, s) TIDEMILL_MAKE(o, TIDEMILL_WIDE(n), !n##_valid)
#define TIDEMILL_GIVE_text_null(n, t, o, s) TIDEMILL_MAKE(o, {n##_data, n##_length}, !n##_valid)
/* SQL's types and the names in the signature, in a string of an assembler's string */
#define TIDEMILL_QUOTE "\\\""
#define TIDEMILL_SQL_plain(n, t, o, s) TIDEMILL_QUOTE s " NOT NULL" TIDEMILL_QUOTE
#define TIDEMILL_SQL_wide TIDEMILL_SQL_plain
#define TIDEMILL_SQL_text TIDEMILL_SQL_plain
#define TIDEMILL_SQL_plain_error TIDEMILL_SQL_plain
#define TIDEMILL_SQL_wide_error TIDEMILL_SQL_plain
#define TIDEMILL_SQL_text_error TIDEMILL_SQL_plain
#define TIDEMILL_SQL_plain_null(n, t, o, s) TIDEMILL_QUOTE s TIDEMILL_QUOTE
#define TIDEMILL_SQL_wide_null TIDEMILL_SQL_plain_null
#define TIDEMILL_SQL_text_null TIDEMILL_SQL_plain_null

/* results */
typedef struct { uint64_t value[2]; int32_t status; const char *message; uint32_t length; } tidemill_place;
typedef struct { tidemill_text text; } tidemill_error;
#ifdef __cplusplus
namespace tidemill {
struct null_t {};
constexpr null_t null{};
struct error { tidemill_text text; error(const char *message) : text(tidemill_text_of(message)) {} error(tidemill_text message) : text(message) {} };
/* A result that may be NULL or an error: made from a value, tidemill::null or tidemill::error("message"). */
template <typename T> struct result {
    T value{};
    bool is_null = false;
    tidemill_text error{nullptr, 0};
    result(T made) : value(made) {}
    result(null_t) : is_null(true) {}
    result(tidemill::error failed) : error(failed.text) {}
};
}
#define TIDEMILL_RESULT_STRUCT(name, t) typedef tidemill::result<t> name##_result;
#define TIDEMILL_VALUE(name, ...) name##_result(__VA_ARGS__)
#define TIDEMILL_NULL(name) name##_result(tidemill::null)
#define TIDEMILL_ERROR(name, message) name##_result(tidemill::error(message))
#define TIDEMILL_EXTERN extern "C"
#else
#define TIDEMILL_RESULT_STRUCT(name, t) typedef struct { t value; bool is_null; tidemill_text error; } name##_result;
#define TIDEMILL_VALUE(name, ...) ((name##_result){ .value = (__VA_ARGS__) })
#define TIDEMILL_NULL(name) ((name##_result){ .is_null = true })
#define TIDEMILL_ERROR(name, reason) ((name##_result){ .error = tidemill_text_of(reason) })
#define TIDEMILL_EXTERN extern
#endif
#define TIDEMILL_PACK(text) (((uint64_t)(text).length << 32) | (uint32_t)(uintptr_t)(text).data)

#define TIDEMILL_RESULT_plain(n, t, o, s) typedef t n##_result;
#define TIDEMILL_RESULT_wide(n, t, o, s) typedef t n##_result;
#define TIDEMILL_RESULT_text(n, t, o, s) typedef t n##_result;
#define TIDEMILL_RESULT_plain_null(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
#define TIDEMILL_RESULT_wide_null(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
#define TIDEMILL_RESULT_text_null(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
#define TIDEMILL_RESULT_plain_error(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
#define TIDEMILL_RESULT_wide_error(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
#define TIDEMILL_RESULT_text_error(n, t, o, s) TIDEMILL_RESULT_STRUCT(n, t)
/* the export's own result and first parameter, and how what `call` gives becomes it */
#define TIDEMILL_RETURNS_plain(n, t, o, s) t
#define TIDEMILL_RETURNS_text(n, t, o, s) uint64_t
#define TIDEMILL_RETURNS_wide(n, t, o, s) void
#define TIDEMILL_RETURNS_plain_null(n, t, o, s) void
#define TIDEMILL_RETURNS_wide_null(n, t, o, s) void
#define TIDEMILL_RETURNS_text_null(n, t, o, s) void
#define TIDEMILL_RETURNS_plain_error(n, t, o, s) void
#define TIDEMILL_RETURNS_wide_error(n, t, o, s) void
#define TIDEMILL_RETURNS_text_error(n, t, o, s) void
#define TIDEMILL_FIRST_plain(n, t, o, s)
#define TIDEMILL_FIRST_text(n, t, o, s)
#define TIDEMILL_FIRST_wide(n, t, o, s) , tidemill_place *tidemill_out
#define TIDEMILL_FIRST_plain_null TIDEMILL_FIRST_wide
#define TIDEMILL_FIRST_wide_null TIDEMILL_FIRST_wide
#define TIDEMILL_FIRST_text_null TIDEMILL_FIRST_wide
#define TIDEMILL_FIRST_plain_error TIDEMILL_FIRST_wide
#define TIDEMILL_FIRST_wide_error TIDEMILL_FIRST_wide
#define TIDEMILL_FIRST_text_error TIDEMILL_FIRST_wide
#define TIDEMILL_STORE_plain(v) tidemill_out->value[0] = 0; __builtin_memcpy(tidemill_out->value, &(v), sizeof(v))
#define TIDEMILL_STORE_wide(v) __builtin_memcpy(tidemill_out->value, &(v), sizeof(v))
#define TIDEMILL_STORE_text(v) tidemill_out->value[0] = TIDEMILL_PACK(v)
#define TIDEMILL_END_plain(n, t, o, s, call) TIDEMILL_MARK_ROOM(); t r = call; TIDEMILL_FREE_ROOM(); return r;
#define TIDEMILL_END_text(n, t, o, s, call) TIDEMILL_BEGIN(); tidemill_text r = call; return TIDEMILL_PACK(r);
#define TIDEMILL_END_wide(n, t, o, s, call) TIDEMILL_BEGIN(); t r = call; TIDEMILL_STORE_wide(r); tidemill_out->status = 1;
#define TIDEMILL_END_ANY(n, store, call)                                                          \
    TIDEMILL_BEGIN();                                                                             \
    n##_result r = call;                                                                          \
    if (r.error.data) { tidemill_out->status = 2; tidemill_out->message = r.error.data; tidemill_out->length = r.error.length; } \
    else if (r.is_null) tidemill_out->status = 0;                                                 \
    else { store(r.value); tidemill_out->status = 1; }
#define TIDEMILL_END_plain_null(n, t, o, s, call) TIDEMILL_END_ANY(n, TIDEMILL_STORE_plain, call)
#define TIDEMILL_END_wide_null(n, t, o, s, call) TIDEMILL_END_ANY(n, TIDEMILL_STORE_wide, call)
#define TIDEMILL_END_text_null(n, t, o, s, call) TIDEMILL_END_ANY(n, TIDEMILL_STORE_text, call)
#define TIDEMILL_END_plain_error TIDEMILL_END_plain_null
#define TIDEMILL_END_wide_error TIDEMILL_END_wide_null
#define TIDEMILL_END_text_error TIDEMILL_END_text_null
#define TIDEMILL_END(name, type, call) TIDEMILL_END_(name, call, TIDEMILL_K_##type)
#define TIDEMILL_END_(name, call, ...) TIDEMILL_END__(name, call, __VA_ARGS__)
#define TIDEMILL_END__(name, call, kind, t, o, s) TIDEMILL_END_##kind(name, t, o, s, call)

/* ---- lists of (TYPE, name) ---- */

#define TIDEMILL_PAIR_DECLARE(p) , TIDEMILL_PAIR_DECLARE_ p
#define TIDEMILL_PAIR_DECLARE_(type, name) TIDEMILL_WITH(TIDEMILL_DECLARE, type, name)
#define TIDEMILL_PAIR_PASS(p) , TIDEMILL_PAIR_PASS_ p
#define TIDEMILL_PAIR_PASS_(type, name) TIDEMILL_WITH(TIDEMILL_PASS, type, name)
#define TIDEMILL_PAIR_GIVE(p) , TIDEMILL_PAIR_GIVE_ p
#define TIDEMILL_PAIR_GIVE_(type, name) TIDEMILL_WITH(TIDEMILL_GIVE, type, name)
#define TIDEMILL_TEXT_SQL(type, name) TIDEMILL_WITH(TIDEMILL_SQL, type, name)
#define TIDEMILL_TEXT_NAME(type, name) TIDEMILL_QUOTE #name TIDEMILL_QUOTE
#define TIDEMILL_TEXT_COLUMN(type, name) \
    "{" TIDEMILL_KEY("name") TIDEMILL_QUOTE #name TIDEMILL_QUOTE "," TIDEMILL_KEY("type") TIDEMILL_WITH(TIDEMILL_SQL, type, name) "}"

#define TIDEMILL_COUNT(...) TIDEMILL_COUNT_(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define TIDEMILL_COUNT_(z, a, b, c, d, e, f, g, h, n, ...) n
#define TIDEMILL_EACH(m, ...) TIDEMILL_EACH_(TIDEMILL_COUNT(__VA_ARGS__), m, ##__VA_ARGS__)
#define TIDEMILL_EACH_(n, m, ...) TIDEMILL_EACH__(n, m, ##__VA_ARGS__)
#define TIDEMILL_EACH__(n, m, ...) TIDEMILL_EACH_##n(m, ##__VA_ARGS__)
#define TIDEMILL_EACH_0(m)
#define TIDEMILL_EACH_1(m, a) m(a)
#define TIDEMILL_EACH_2(m, a, ...) m(a) TIDEMILL_EACH_1(m, __VA_ARGS__)
#define TIDEMILL_EACH_3(m, a, ...) m(a) TIDEMILL_EACH_2(m, __VA_ARGS__)
#define TIDEMILL_EACH_4(m, a, ...) m(a) TIDEMILL_EACH_3(m, __VA_ARGS__)
#define TIDEMILL_EACH_5(m, a, ...) m(a) TIDEMILL_EACH_4(m, __VA_ARGS__)
#define TIDEMILL_EACH_6(m, a, ...) m(a) TIDEMILL_EACH_5(m, __VA_ARGS__)
#define TIDEMILL_EACH_7(m, a, ...) m(a) TIDEMILL_EACH_6(m, __VA_ARGS__)
#define TIDEMILL_EACH_8(m, a, ...) m(a) TIDEMILL_EACH_7(m, __VA_ARGS__)
/* drops the comma before the first of a list */
#define TIDEMILL_LIST(...) TIDEMILL_LIST_(__VA_ARGS__)
#define TIDEMILL_LIST_(first, ...) __VA_ARGS__
/* a string of them, with commas between */
#define TIDEMILL_TEXTS(m, ...) TIDEMILL_TEXTS_(TIDEMILL_COUNT(__VA_ARGS__), m, ##__VA_ARGS__)
#define TIDEMILL_TEXTS_(n, m, ...) TIDEMILL_TEXTS__(n, m, ##__VA_ARGS__)
#define TIDEMILL_TEXTS__(n, m, ...) TIDEMILL_TEXTS_##n(m, ##__VA_ARGS__)
#define TIDEMILL_TEXTS_0(m) ""
#define TIDEMILL_TEXTS_1(m, a) m a
#define TIDEMILL_TEXTS_2(m, a, ...) m a "," TIDEMILL_TEXTS_1(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_3(m, a, ...) m a "," TIDEMILL_TEXTS_2(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_4(m, a, ...) m a "," TIDEMILL_TEXTS_3(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_5(m, a, ...) m a "," TIDEMILL_TEXTS_4(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_6(m, a, ...) m a "," TIDEMILL_TEXTS_5(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_7(m, a, ...) m a "," TIDEMILL_TEXTS_6(m, __VA_ARGS__)
#define TIDEMILL_TEXTS_8(m, a, ...) m a "," TIDEMILL_TEXTS_7(m, __VA_ARGS__)

/* ---- functions ---- */

#define TIDEMILL_KEY(name) TIDEMILL_QUOTE name TIDEMILL_QUOTE ":"
#ifdef __wasm__
#define TIDEMILL_SIGNATURE(json) __asm__(".section .custom_section.tidemill.signatures,\"\",@\n.ascii \"" json "\\n\"\n.text\n");
#define TIDEMILL_EXPORT(name) TIDEMILL_EXTERN __attribute__((export_name(#name), used, visibility("default")))
#else
#define TIDEMILL_SIGNATURE(json)
#endif
#define TIDEMILL_COMMON(kind, name, ...)                                                        \
    "{" TIDEMILL_KEY("version") "1," TIDEMILL_KEY("name") TIDEMILL_QUOTE #name TIDEMILL_QUOTE "," \
    TIDEMILL_KEY("kind") TIDEMILL_QUOTE kind TIDEMILL_QUOTE "," TIDEMILL_KEY("nulls") TIDEMILL_QUOTE "call" TIDEMILL_QUOTE "," \
    TIDEMILL_KEY("arguments") "[" TIDEMILL_TEXTS(TIDEMILL_TEXT_SQL, ##__VA_ARGS__) "],"             \
    TIDEMILL_KEY("argumentNames") "[" TIDEMILL_TEXTS(TIDEMILL_TEXT_NAME, ##__VA_ARGS__) "],"
#define TIDEMILL_RESULT_OF(result, name) TIDEMILL_KEY("result") TIDEMILL_WITH(TIDEMILL_SQL, result, name)

#ifdef __wasm__
#define TIDEMILL_SCALAR_EXPORT(result, name, ...)                                                  \
    TIDEMILL_EXPORT(name) TIDEMILL_WITH(TIDEMILL_RETURNS, result, name) tidemill_export_##name(     \
        TIDEMILL_LIST(0 TIDEMILL_WITH(TIDEMILL_FIRST, result, name) TIDEMILL_EACH(TIDEMILL_PAIR_PASS, ##__VA_ARGS__))) { \
        TIDEMILL_END(name, result, name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_GIVE, ##__VA_ARGS__)))) }
#else
#define TIDEMILL_SCALAR_EXPORT(result, name, ...)
#endif
/* A function of a row: TIDEMILL_SCALAR(RESULT, name, (TYPE, argument), …) { body } */
#define TIDEMILL_SCALAR(result, name, ...)                                                         \
    TIDEMILL_WITH(TIDEMILL_RESULT, result, name)                                                   \
    TIDEMILL_INLINE name##_result name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__))); \
    TIDEMILL_SCALAR_EXPORT(result, name, ##__VA_ARGS__)                                             \
    TIDEMILL_SIGNATURE(TIDEMILL_COMMON("scalar", name, ##__VA_ARGS__) TIDEMILL_RESULT_OF(result, name) "}") \
    TIDEMILL_INLINE name##_result name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__)))

/* An aggregate keeps a struct NAME of at most `bytes` bytes, which begins as zeros and holds no address; the engine keeps it for each group:
 *
 *     typedef struct { double sum; int64_t count; } average;
 *     TIDEMILL_AGGREGATE(NULLABLE(DOUBLE), average, 16, (DOUBLE, x))
 *     TIDEMILL_ACCUMULATE(average, (DOUBLE, x)) { state->sum += x; state->count++; }
 *     TIDEMILL_RETRACT(average, (DOUBLE, x)) { state->sum -= x; state->count--; }
 *     TIDEMILL_MERGE(average) { state->sum += other->sum; state->count += other->count; }
 *     TIDEMILL_FINISH(NULLABLE(DOUBLE), average) {
 *         return state->count ? TIDEMILL_VALUE(average, state->sum / state->count) : TIDEMILL_NULL(average);
 *     }
 *
 * Without RETRACT updating inputs are refused; without MERGE HOP, CUMULATE and SESSION windows. */
#ifdef __cplusplus
#define TIDEMILL_ASSERT static_assert
#else
#define TIDEMILL_ASSERT _Static_assert
#endif
#define TIDEMILL_AGGREGATE(result, name, bytes, ...)                                                                                    \
    TIDEMILL_ASSERT(sizeof(name) <= bytes, "the state has more bytes than are declared");                                                \
    TIDEMILL_WITH(TIDEMILL_RESULT, result, name)                                                                                         \
    TIDEMILL_SIGNATURE(TIDEMILL_COMMON("aggregate", name, ##__VA_ARGS__) TIDEMILL_RESULT_OF(result, name) "," TIDEMILL_KEY("stateBytes") #bytes "}")
#define TIDEMILL_ACCUMULATE(name, ...) TIDEMILL_TAKES(name, accumulate, ##__VA_ARGS__)
#define TIDEMILL_RETRACT(name, ...) TIDEMILL_TAKES(name, retract, ##__VA_ARGS__)
#ifdef __wasm__
#define TIDEMILL_TAKES_EXPORT(name, part, ...)                                                                                          \
    TIDEMILL_EXPORT(name##_##part) void tidemill_export_##name##_##part(name *state TIDEMILL_EACH(TIDEMILL_PAIR_PASS, ##__VA_ARGS__)) {  \
        TIDEMILL_MARK_ROOM();                                                                                                            \
        name##_##part(state TIDEMILL_EACH(TIDEMILL_PAIR_GIVE, ##__VA_ARGS__));                                                           \
        TIDEMILL_FREE_ROOM();                                                                                                            \
    }
#define TIDEMILL_MERGE_EXPORT(name)                                                                                                     \
    TIDEMILL_EXPORT(name##_merge) void tidemill_export_##name##_merge(name *state, const name *other) {                                  \
        TIDEMILL_MARK_ROOM();                                                                                                            \
        name##_merge(state, other);                                                                                                      \
        TIDEMILL_FREE_ROOM();                                                                                                            \
    }
#define TIDEMILL_FINISH_EXPORT(result, name)                                                                                            \
    TIDEMILL_EXPORT(name##_finish) TIDEMILL_WITH(TIDEMILL_RETURNS, result, name) tidemill_export_##name##_finish(                        \
        TIDEMILL_LIST(0 TIDEMILL_WITH(TIDEMILL_FIRST, result, name), const name *state)) {                                               \
        TIDEMILL_END(name, result, name##_finish(state))                                                                                 \
    }
#else
#define TIDEMILL_TAKES_EXPORT(name, part, ...)
#define TIDEMILL_MERGE_EXPORT(name)
#define TIDEMILL_FINISH_EXPORT(result, name)
#endif
#define TIDEMILL_TAKES(name, part, ...)                                                                                                 \
    TIDEMILL_INLINE void name##_##part(name *state TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__));                                 \
    TIDEMILL_TAKES_EXPORT(name, part, ##__VA_ARGS__)                                                                                     \
    TIDEMILL_INLINE void name##_##part(name *state TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__))
#define TIDEMILL_MERGE(name)                                                                                                            \
    TIDEMILL_INLINE void name##_merge(name *state, const name *other);                                                                   \
    TIDEMILL_MERGE_EXPORT(name)                                                                                                          \
    TIDEMILL_INLINE void name##_merge(name *state, const name *other)
#define TIDEMILL_FINISH(result, name)                                                                                                   \
    TIDEMILL_INLINE name##_result name##_finish(const name *state);                                                                      \
    TIDEMILL_FINISH_EXPORT(result, name)                                                                                                 \
    TIDEMILL_INLINE name##_result name##_finish(const name *state)

/* A table function gives NAME_row(values) for every row it makes:
 *
 *     TIDEMILL_TABLE(words, ((STRING, word), (INT, length)), (STRING, text)) {
 *         …
 *         words_row(word, (int32_t)word.length);
 *     } */
typedef struct { uint64_t *words; uint32_t used, size, rows; } tidemill_rows;
#ifdef __wasm__
__attribute__((weak)) tidemill_rows tidemill_made;
#else
static tidemill_rows tidemill_made __attribute__((unused));
#endif
TIDEMILL_INLINE uint64_t *tidemill_record(uint32_t words) {
    if (tidemill_made.used + words > tidemill_made.size) {
        uint32_t size = 2 * tidemill_made.size + 1024;
#ifdef __wasm__
        uint64_t *larger = (uint64_t *)tidemill_allocate(8 * size);
#else
        uint64_t *larger = (uint64_t *)malloc(8 * (size_t)size);
#endif
        if (!larger) tidemill_fail("out of memory");
        for (uint32_t i = 0; i < tidemill_made.used; i++) larger[i] = tidemill_made.words[i];
        tidemill_made.words = larger;
        tidemill_made.size = size;
    }
    uint64_t *record = tidemill_made.words + tidemill_made.used;
    for (uint32_t i = 0; i < words; i++) record[i] = 0;
    tidemill_made.used += words;
    tidemill_made.rows++;
    return record;
}
#define TIDEMILL_WORDS_plain(n, t, o, s) +1
#define TIDEMILL_WORDS_text(n, t, o, s) +1
#define TIDEMILL_WORDS_wide(n, t, o, s) +2
#define TIDEMILL_WORDS_plain_null(n, t, o, s) +1
#define TIDEMILL_WORDS_text_null(n, t, o, s) +1
#define TIDEMILL_WORDS_wide_null(n, t, o, s) +2
#define TIDEMILL_COPY(n) __builtin_memcpy(slot, &n, sizeof(n))
#define TIDEMILL_FIELD_plain(n, t, o, s) TIDEMILL_COPY(n); slot++; bit <<= 1;
#define TIDEMILL_FIELD_wide(n, t, o, s) TIDEMILL_COPY(n); slot += 2; bit <<= 1;
#define TIDEMILL_FIELD_text(n, t, o, s) *slot++ = TIDEMILL_PACK(n); bit <<= 1;
#define TIDEMILL_FIELD_plain_null(n, t, o, s) if (n.is_null) *record |= bit; else TIDEMILL_COPY(n.value); slot++; bit <<= 1;
#define TIDEMILL_FIELD_wide_null(n, t, o, s) if (n.is_null) *record |= bit; else TIDEMILL_COPY(n.value); slot += 2; bit <<= 1;
#define TIDEMILL_FIELD_text_null(n, t, o, s) if (n.is_null) *record |= bit; else *slot = TIDEMILL_PACK(n.value); slot++; bit <<= 1;
#define TIDEMILL_PAIR_WORDS(p) TIDEMILL_PAIR_WORDS_ p
#define TIDEMILL_PAIR_WORDS_(type, name) TIDEMILL_WITH(TIDEMILL_WORDS, type, name)
#define TIDEMILL_PAIR_FIELD(p) TIDEMILL_PAIR_FIELD_ p
#define TIDEMILL_PAIR_FIELD_(type, name) TIDEMILL_WITH(TIDEMILL_FIELD, type, name)
#define TIDEMILL_OPEN(...) __VA_ARGS__
#define TIDEMILL_AGAIN(m, ...) m(__VA_ARGS__)
#ifdef __wasm__
#define TIDEMILL_TABLE_EXPORT(name, ...)                                                                                                \
    TIDEMILL_EXPORT(name) uint64_t tidemill_export_##name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_PASS, ##__VA_ARGS__))) {           \
        TIDEMILL_BEGIN();                                                                                                                \
        tidemill_made.used = tidemill_made.rows = 0;                                                                                     \
        name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_GIVE, ##__VA_ARGS__)));                                                          \
        return tidemill_made.rows ? ((uint64_t)tidemill_made.rows << 32) | (uint32_t)(uintptr_t)tidemill_made.words : 0;                 \
    }
#else
#define TIDEMILL_TABLE_EXPORT(name, ...)
#endif
#define TIDEMILL_ROW(name, columns)                                                                                                     \
    TIDEMILL_INLINE void name##_row(TIDEMILL_LIST(0 TIDEMILL_AGAIN(TIDEMILL_EACH, TIDEMILL_PAIR_DECLARE, TIDEMILL_OPEN columns))) {                      \
        uint64_t *record = tidemill_record(1 TIDEMILL_AGAIN(TIDEMILL_EACH, TIDEMILL_PAIR_WORDS, TIDEMILL_OPEN columns));                                 \
        uint64_t *slot = record + 1, bit = 1;                                                                                            \
        TIDEMILL_AGAIN(TIDEMILL_EACH, TIDEMILL_PAIR_FIELD, TIDEMILL_OPEN columns)(void) slot;                                                            \
        (void)bit;                                                                                                                       \
    }
#define TIDEMILL_TABLE(name, columns, ...)                                                                                              \
    TIDEMILL_ROW(name, columns)                                                                                                          \
    TIDEMILL_INLINE void name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__)));                                      \
    TIDEMILL_TABLE_EXPORT(name, ##__VA_ARGS__)                                                                                           \
    TIDEMILL_SIGNATURE(TIDEMILL_COMMON("table", name, ##__VA_ARGS__) TIDEMILL_KEY("columns") "[" TIDEMILL_AGAIN(TIDEMILL_TEXTS, TIDEMILL_TEXT_COLUMN, TIDEMILL_OPEN columns) "]}") \
    TIDEMILL_INLINE void name(TIDEMILL_LIST(0 TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__)))


/* A batch function gets whole columns, in the layout of Apache Arrow, and fills one:
 *
 *     TIDEMILL_BATCH(NULLABLE(DOUBLE), worth, (DOUBLE, price), (NULLABLE(BIGINT), pieces)) {
 *         for (uint32_t row = 0; row < rows; row++) {
 *             if (tidemill_is_null(pieces, row)) tidemill_set_null(result, row);
 *             else TIDEMILL_DATA(double, result)[row] = TIDEMILL_DATA(double, price)[row] * TIDEMILL_DATA(int64_t, pieces)[row];
 *         }
 *     }
 *
 * Rows with NULL in an argument that is not NULLABLE(…) are left out; data of NULLs are zeros. BOOLEAN is a bit a row: tidemill_bit, tidemill_set_bit. Text is
 * tidemill_text_at(column, row); of a result, tidemill_text_room(result, bytes) gives room for all texts, and tidemill_give_text(result, row, text) is called for every row in
 * order. There are at most 8192 rows. */
typedef struct tidemill_column {
    int64_t length, null_count, offset, buffer_count, child_count;
    void **buffers;
    struct tidemill_column **children, *dictionary;
    void (*release)(struct tidemill_column *);
    void *private_data;
} tidemill_column;
#define TIDEMILL_DATA(type, column) ((type *)(column)->buffers[1])
TIDEMILL_INLINE bool tidemill_is_null(const tidemill_column *column, uint32_t row) {
    const uint8_t *valid = (const uint8_t *)column->buffers[0];
    return valid && !((valid[row >> 3] >> (row & 7)) & 1);
}
TIDEMILL_INLINE void tidemill_set_null(tidemill_column *column, uint32_t row) {
    ((uint8_t *)column->buffers[0])[row >> 3] &= (uint8_t)~(1u << (row & 7));
    column->null_count++;
}
TIDEMILL_INLINE bool tidemill_bit(const tidemill_column *column, uint32_t row) {
    return (TIDEMILL_DATA(uint8_t, column)[row >> 3] >> (row & 7)) & 1;
}
TIDEMILL_INLINE void tidemill_set_bit(tidemill_column *column, uint32_t row, bool value) {
    uint8_t *byte = &TIDEMILL_DATA(uint8_t, column)[row >> 3];
    *byte = (uint8_t)((*byte & ~(1u << (row & 7))) | ((unsigned)value << (row & 7)));
}
TIDEMILL_INLINE tidemill_text tidemill_text_at(const tidemill_column *column, uint32_t row) {
    const int32_t *offsets = TIDEMILL_DATA(int32_t, column);
    tidemill_text text = { (const char *)column->buffers[2] + offsets[row], (uint32_t)(offsets[row + 1] - offsets[row]) };
    return text;
}
TIDEMILL_INLINE void tidemill_text_room(tidemill_column *result, uint32_t bytes) { result->buffers[2] = tidemill_room(bytes); }
/* Also for NULL, with a text of length 0. */
TIDEMILL_INLINE void tidemill_give_text(tidemill_column *result, uint32_t row, tidemill_text text) {
    int32_t *offsets = TIDEMILL_DATA(int32_t, result);
    if (text.length) __builtin_memcpy((char *)result->buffers[2] + offsets[row], text.data, text.length);
    offsets[row + 1] = offsets[row] + (int32_t)text.length;
}
#define TIDEMILL_PAIR_COLUMN(p) , TIDEMILL_PAIR_COLUMN_ p
#define TIDEMILL_PAIR_COLUMN_(type, name) const tidemill_column *name
#define TIDEMILL_PAIR_NEXT(p) TIDEMILL_PAIR_NEXT_ p
#define TIDEMILL_PAIR_NEXT_(type, name) const tidemill_column *name = tidemill_next++;
#define TIDEMILL_PAIR_NAME(p) TIDEMILL_PAIR_NAME_ p
#define TIDEMILL_PAIR_NAME_(type, name) name,
#ifdef __wasm__
#define TIDEMILL_BATCH_EXPORT(name, ...)                                                                                                \
    TIDEMILL_EXPORT(name) void tidemill_export_##name(uint32_t rows, const tidemill_column *tidemill_next, tidemill_column *result) {    \
        TIDEMILL_BEGIN();                                                                                                                \
        TIDEMILL_EACH(TIDEMILL_PAIR_NEXT, ##__VA_ARGS__)                                                                                 \
        (void)tidemill_next;                                                                                                             \
        name(rows, TIDEMILL_EACH(TIDEMILL_PAIR_NAME, ##__VA_ARGS__) result);                                                             \
    }
#else
#define TIDEMILL_BATCH_EXPORT(name, ...)
#endif
#define TIDEMILL_BATCH(result_type, name, ...)                                                                                          \
    TIDEMILL_INLINE void name(uint32_t rows TIDEMILL_EACH(TIDEMILL_PAIR_COLUMN, ##__VA_ARGS__), tidemill_column *result);                \
    TIDEMILL_BATCH_EXPORT(name, ##__VA_ARGS__)                                                                                          \
    TIDEMILL_SIGNATURE(TIDEMILL_COMMON("batch", name, ##__VA_ARGS__) TIDEMILL_RESULT_OF(result_type, name) "}")                          \
    TIDEMILL_INLINE void name(uint32_t rows TIDEMILL_EACH(TIDEMILL_PAIR_COLUMN, ##__VA_ARGS__), tidemill_column *result)

/* A process table function gets the rows of a partition one by one, with a state that the engine keeps for the partition, timers, and NAME_row(values) for every row it makes:
 *
 *     TIDEMILL_PROCESS(visits, ((DOUBLE, total), (BIGINT, items)), ((DOUBLE, total), (BIGINT, items)), ((DOUBLE, price)), (BIGINT, gap)) {
 *         state->total += price;
 *         state->items++;
 *         if (tidemill_has_time(context)) tidemill_set_timer(context, "end", context->time + gap);
 *     }
 *     TIDEMILL_TIMER(visits) {
 *         visits_row(state->total, state->items);
 *         tidemill_clear_state(context);
 *     }
 *
 * The lists are the columns of the rows it makes, the fields of its state, the columns it gets, and scalars behind the table. Fields begin as 0 and empty text, and may not be
 * LONG_DECIMAL or NULLABLE(…). A timer with a name is moved when it is set again. TIDEMILL_TIMER may be left out. */
typedef struct { int64_t time; const char *name; uint32_t length, action, zero; } tidemill_timer;
typedef struct {
    int64_t time, watermark; /* milliseconds since 1970 */
    uint32_t flags;
    const char *timer; /* of a timer that is due: its name, and the name's length */
    uint32_t timer_length;
    int32_t weight; /* of a row: 1, or -1 when it is taken back */
    tidemill_timer *timers;
    uint32_t timer_count, cleared;
    uint8_t reserved[20];
} tidemill_context;
#ifdef __wasm__
__attribute__((weak)) tidemill_timer tidemill_asked[64];
#else
static tidemill_timer tidemill_asked[64] __attribute__((unused));
#endif
TIDEMILL_INLINE bool tidemill_has_time(const tidemill_context *context) { return context->flags & 1; }
TIDEMILL_INLINE bool tidemill_has_watermark(const tidemill_context *context) { return context->flags & 2; }
/* Whether nothing is known of the partition yet. */
TIDEMILL_INLINE bool tidemill_is_new(const tidemill_context *context) { return context->flags & 4; }
TIDEMILL_INLINE void tidemill_ask(tidemill_context *context, const char *name, int64_t time, uint32_t action) {
    if (context->timer_count == sizeof(tidemill_asked) / sizeof(tidemill_asked[0])) tidemill_fail("too many timers in one call");
    tidemill_timer made = { time, name, name ? tidemill_length(name) : 0, action, 0 };
    tidemill_asked[context->timer_count++] = made;
    context->timers = tidemill_asked;
}
/* TIDEMILL_TIMER is called when the watermark reaches `time`. Without a name (0) every time is a timer of its own. */
TIDEMILL_INLINE void tidemill_set_timer(tidemill_context *context, const char *name, int64_t time) { tidemill_ask(context, name, time, 1); }
TIDEMILL_INLINE void tidemill_clear_timer(tidemill_context *context, const char *name, int64_t time) { tidemill_ask(context, name, time, 2); }
TIDEMILL_INLINE void tidemill_clear_timers(tidemill_context *context) { tidemill_ask(context, 0, 0, 3); }
TIDEMILL_INLINE void tidemill_clear_state(tidemill_context *context) { context->cleared = 1; }

#define TIDEMILL_PAIR_SLOT(p) TIDEMILL_PAIR_SLOT_ p
#define TIDEMILL_PAIR_SLOT_(type, name) TIDEMILL_WITH(TIDEMILL_SLOT, type, name)
#define TIDEMILL_SLOT_plain(n, t, o, s) __attribute__((aligned(8))) t n;
#define TIDEMILL_SLOT_text(n, t, o, s) __attribute__((aligned(8))) t n;
#define TIDEMILL_TEXTS_OF(list, m) TIDEMILL_AGAIN(TIDEMILL_TEXTS, m, TIDEMILL_OPEN list)
#define TIDEMILL_EACH_OF(list, m) TIDEMILL_AGAIN(TIDEMILL_EACH, m, TIDEMILL_OPEN list)
#ifdef __wasm__
TIDEMILL_INLINE uint64_t tidemill_block(void) {
    return tidemill_made.rows ? ((uint64_t)tidemill_made.rows << 32) | (uint32_t)(uintptr_t)tidemill_made.words : 0;
}
#define TIDEMILL_PROCESS_EXPORT(name, table, ...)                                                                                       \
    TIDEMILL_EXPORT(name) uint64_t tidemill_export_##name(                                                                               \
        tidemill_context *context TIDEMILL_EACH_OF(table, TIDEMILL_PAIR_PASS) TIDEMILL_EACH(TIDEMILL_PAIR_PASS, ##__VA_ARGS__)) {        \
        TIDEMILL_BEGIN();                                                                                                                \
        tidemill_made.used = tidemill_made.rows = 0;                                                                                     \
        name(context, (name##_state *)(context + 1) TIDEMILL_EACH_OF(table, TIDEMILL_PAIR_GIVE) TIDEMILL_EACH(TIDEMILL_PAIR_GIVE, ##__VA_ARGS__)); \
        return tidemill_block();                                                                                                         \
    }
#define TIDEMILL_TIMER_EXPORT(name)                                                                                                     \
    TIDEMILL_EXPORT(name##_timer) uint64_t tidemill_export_##name##_timer(tidemill_context *context) {                                   \
        TIDEMILL_BEGIN();                                                                                                                \
        tidemill_made.used = tidemill_made.rows = 0;                                                                                     \
        name##_timer(context, (name##_state *)(context + 1));                                                                            \
        return tidemill_block();                                                                                                         \
    }
TIDEMILL_ASSERT(sizeof(tidemill_context) == 64 && sizeof(tidemill_column) == 64 && sizeof(tidemill_timer) == 24, "not as udf-sdk/abi has it");
#else
#define TIDEMILL_PROCESS_EXPORT(name, table, ...)
#define TIDEMILL_TIMER_EXPORT(name)
#endif
#define TIDEMILL_PROCESS(name, columns, state_fields, table, ...)                                                                       \
    typedef struct { uint64_t nulls; TIDEMILL_EACH_OF(state_fields, TIDEMILL_PAIR_SLOT) } name##_state;                                  \
    TIDEMILL_ROW(name, columns)                                                                                                          \
    TIDEMILL_INLINE void name(tidemill_context *context, name##_state *state TIDEMILL_EACH_OF(table, TIDEMILL_PAIR_DECLARE)              \
                              TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__));                                                      \
    TIDEMILL_PROCESS_EXPORT(name, table, ##__VA_ARGS__)                                                                                  \
    TIDEMILL_SIGNATURE(TIDEMILL_COMMON("process", name, ##__VA_ARGS__)                                                                   \
        TIDEMILL_KEY("table") "{" TIDEMILL_KEY("columns") "[" TIDEMILL_TEXTS_OF(table, TIDEMILL_TEXT_COLUMN) "]},"                        \
        TIDEMILL_KEY("states") "[{" TIDEMILL_KEY("name") TIDEMILL_QUOTE "state" TIDEMILL_QUOTE "," TIDEMILL_KEY("columns") "["            \
        TIDEMILL_TEXTS_OF(state_fields, TIDEMILL_TEXT_COLUMN) "]}]," TIDEMILL_KEY("columns") "[" TIDEMILL_TEXTS_OF(columns, TIDEMILL_TEXT_COLUMN) "]}") \
    TIDEMILL_INLINE void name(tidemill_context *context, name##_state *state TIDEMILL_EACH_OF(table, TIDEMILL_PAIR_DECLARE)              \
                              TIDEMILL_EACH(TIDEMILL_PAIR_DECLARE, ##__VA_ARGS__))
#define TIDEMILL_TIMER(name)                                                                                                            \
    TIDEMILL_INLINE void name##_timer(tidemill_context *context, name##_state *state);                                                   \
    TIDEMILL_TIMER_EXPORT(name)                                                                                                          \
    TIDEMILL_INLINE void name##_timer(tidemill_context *context, name##_state *state)

#endif
