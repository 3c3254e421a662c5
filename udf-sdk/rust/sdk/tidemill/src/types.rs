use crate::signature::Sql;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);
/// Milliseconds since midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i32);
/// Since 1970-01-01 00:00:00: microseconds for P up to 6, else nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp<const P: u8 = 3>(pub i64);
/// As [`Timestamp`], in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimestampLtz<const P: u8 = 3>(pub i64);
/// The number · 10^S, of up to 18 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal<const P: u8, const S: u8>(pub i64);
/// The number · 10^S, of 19 to 38 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LongDecimal<const P: u8, const S: u8>(pub i128);

/// CHAR(N), as an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Char<'a, const N: u32>(pub &'a str);
/// VARCHAR(N), as an argument; without a length it is `&str`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Varchar<'a, const N: u32>(pub &'a str);
/// BINARY(N), as an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binary<'a, const N: u32>(pub &'a [u8]);
/// VARBINARY(N), as an argument; without a length it is `&[u8]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Varbinary<'a, const N: u32>(pub &'a [u8]);

/// What a function can take. `A`, `B` and `C` are its wasm values; `()` where there is none.
pub trait Argument: Sized {
    type A;
    type B;
    type C;
    const SQL: Sql;
    #[doc(hidden)]
    unsafe fn from_wasm(a: Self::A, b: Self::B, c: Self::C) -> Self;
}

/// A value that can stand at a place in memory, as a result or in a row.
pub trait Outcome {
    const SQL: Sql;
    /// Writes 8 bytes (16 of a long decimal); false: it is NULL.
    #[doc(hidden)]
    unsafe fn write(self, value: *mut u8) -> bool;
}

/// What a function can return: a value as it is, or, where it may be NULL or an error, by a place.
pub trait Return: Sized {
    type Place;
    type Direct;
    const SQL: Sql;
    #[doc(hidden)]
    unsafe fn give(self, place: Self::Place) -> Self::Direct;
}

/// Where a result is written: its value, whether it counts, and an error's message.
#[doc(hidden)]
#[repr(C, align(16))]
pub struct Place {
    pub value: [u8; 16],
    pub status: i32,
    pub message: *const u8,
    pub length: usize,
}

macro_rules! plain {
    ($($type:ty => $wasm:ty, $sql:expr, |$value:ident| $make:expr, |$result:ident| $take:expr, [$($generics:tt)*];)*) => {$(
        impl<$($generics)*> Argument for $type {
            type A = $wasm;
            type B = ();
            type C = ();
            const SQL: Sql = $sql;
            #[inline(always)]
            unsafe fn from_wasm($value: $wasm, _: (), _: ()) -> Self { $make }
        }
        impl<$($generics)*> Argument for Option<$type> {
            type A = $wasm;
            type B = i32;
            type C = ();
            const SQL: Sql = <$type as Argument>::SQL.nullable();
            #[inline(always)]
            unsafe fn from_wasm($value: $wasm, valid: i32, _: ()) -> Self { if valid != 0 { Some($make) } else { None } }
        }
        impl<$($generics)*> Return for $type {
            type Place = ();
            type Direct = $wasm;
            const SQL: Sql = $sql;
            #[inline(always)]
            unsafe fn give(self, _: ()) -> $wasm { let $result = self; $take }
        }
        impl<$($generics)*> Outcome for $type {
            const SQL: Sql = $sql;
            #[inline(always)]
            unsafe fn write(self, value: *mut u8) -> bool { let $result = self; (value as *mut $wasm).write_unaligned($take); true }
        }
    )*};
}

plain! {
    bool => i32, Sql::named("BOOLEAN"), |v| v != 0, |r| r as i32, [];
    i8 => i32, Sql::named("TINYINT"), |v| v as i8, |r| r as i32, [];
    i16 => i32, Sql::named("SMALLINT"), |v| v as i16, |r| r as i32, [];
    i32 => i32, Sql::named("INT"), |v| v, |r| r, [];
    i64 => i64, Sql::named("BIGINT"), |v| v, |r| r, [];
    f32 => f32, Sql::named("FLOAT"), |v| v, |r| r, [];
    f64 => f64, Sql::named("DOUBLE"), |v| v, |r| r, [];
    Date => i32, Sql::named("DATE"), |v| Date(v), |r| r.0, [];
    Time => i32, Sql::named("TIME"), |v| Time(v), |r| r.0, [];
    Timestamp<P> => i64, Sql::sized("TIMESTAMP", P, 255), |v| Timestamp(v), |r| r.0, [const P: u8];
    TimestampLtz<P> => i64, Sql::sized("TIMESTAMP_LTZ", P, 255), |v| TimestampLtz(v), |r| r.0, [const P: u8];
    Decimal<P, S> => i64, Sql::decimal(P, S, 1, 18), |v| Decimal(v), |r| r.0, [const P: u8, const S: u8];
}

const fn wide(low: i64, high: i64) -> i128 {
    ((high as i128) << 64) | (low as u64 as i128)
}

impl<const P: u8, const S: u8> Argument for LongDecimal<P, S> {
    type A = i64;
    type B = i64;
    type C = ();
    const SQL: Sql = Sql::decimal(P, S, 19, 38);
    #[inline(always)]
    unsafe fn from_wasm(low: i64, high: i64, _: ()) -> Self {
        LongDecimal(wide(low, high))
    }
}
impl<const P: u8, const S: u8> Argument for Option<LongDecimal<P, S>> {
    type A = i64;
    type B = i64;
    type C = i32;
    const SQL: Sql = Sql::decimal(P, S, 19, 38).nullable();
    #[inline(always)]
    unsafe fn from_wasm(low: i64, high: i64, valid: i32) -> Self {
        (valid != 0).then(|| LongDecimal(wide(low, high)))
    }
}
impl<const P: u8, const S: u8> Outcome for LongDecimal<P, S> {
    const SQL: Sql = Sql::decimal(P, S, 19, 38);
    unsafe fn write(self, value: *mut u8) -> bool {
        (value as *mut i128).write_unaligned(self.0);
        true
    }
}
impl<const P: u8, const S: u8> Return for LongDecimal<P, S> {
    type Place = *mut Place;
    type Direct = ();
    const SQL: Sql = Sql::decimal(P, S, 19, 38);
    unsafe fn give(self, place: *mut Place) {
        give_value(self, place)
    }
}

macro_rules! text {
    ($($type:ty, $sql:expr, |$address:ident, $length:ident| $make:expr, [$($generics:tt)*];)*) => {$(
        impl<'a, $($generics)*> Argument for $type {
            type A = *const u8;
            type B = usize;
            type C = ();
            const SQL: Sql = $sql;
            #[inline(always)]
            unsafe fn from_wasm($address: *const u8, $length: usize, _: ()) -> Self { $make }
        }
        impl<'a, $($generics)*> Argument for Option<$type> {
            type A = *const u8;
            type B = usize;
            type C = i32;
            const SQL: Sql = $sql.nullable();
            #[inline(always)]
            unsafe fn from_wasm($address: *const u8, $length: usize, valid: i32) -> Self { if valid != 0 { Some($make) } else { None } }
        }
    )*};
}
text! {
    &'a str, Sql::named("STRING"), |address, length| text(address, length), [];
    &'a [u8], Sql::named("BYTES"), |address, length| bytes(address, length), [];
    Char<'a, N>, Sql::of_length("CHAR", N), |address, length| Char(text(address, length)), [const N: u32];
    Varchar<'a, N>, Sql::of_length("VARCHAR", N), |address, length| Varchar(text(address, length)), [const N: u32];
    Binary<'a, N>, Sql::of_length("BINARY", N), |address, length| Binary(bytes(address, length)), [const N: u32];
    Varbinary<'a, N>, Sql::of_length("VARBINARY", N), |address, length| Varbinary(bytes(address, length)), [const N: u32];
}

#[inline(always)]
unsafe fn text<'a>(address: *const u8, length: usize) -> &'a str {
    // the engine has checked that it is UTF-8
    core::str::from_utf8_unchecked(bytes(address, length))
}

#[inline(always)]
unsafe fn bytes<'a>(address: *const u8, length: usize) -> &'a [u8] {
    // an empty text may have any address
    if length == 0 { &[] } else { core::slice::from_raw_parts(address, length) }
}

macro_rules! owned {
    ($($type:ty, $sql:literal, |$value:ident| $bytes:expr;)*) => {$(
        impl Outcome for $type {
            const SQL: Sql = Sql::named($sql);
            #[inline(always)]
            unsafe fn write(self, value: *mut u8) -> bool {
                let $value = self;
                (value as *mut u64).write_unaligned(kept($bytes));
                true
            }
        }
        impl Return for $type {
            type Place = ();
            type Direct = u64;
            const SQL: Sql = Sql::named($sql);
            #[inline(always)]
            unsafe fn give(self, _: ()) -> u64 {
                let $value = self;
                let bytes: Vec<u8> = $bytes;
                let packed = packed(&bytes);
                crate::table::keep_last(bytes);
                packed
            }
        }
    )*};
}
owned! {
    String, "STRING", |value| value.into_bytes();
    Vec<u8>, "BYTES", |value| value;
}

/// Address and length of bytes that stay until the function is called again.
#[inline(always)]
unsafe fn kept(bytes: Vec<u8>) -> u64 {
    let packed = packed(&bytes);
    crate::table::keep(bytes);
    packed
}

#[inline(always)]
pub(crate) fn packed(bytes: &[u8]) -> u64 {
    ((bytes.len() as u64) << 32) | (bytes.as_ptr() as usize as u64 & 0xffff_ffff)
}

impl Outcome for &'static str {
    const SQL: Sql = Sql::named("STRING");
    unsafe fn write(self, value: *mut u8) -> bool {
        (value as *mut u64).write_unaligned(packed(self.as_bytes()));
        true
    }
}
impl Return for &'static str {
    type Place = ();
    type Direct = u64;
    const SQL: Sql = Sql::named("STRING");
    unsafe fn give(self, _: ()) -> u64 {
        packed(self.as_bytes())
    }
}

impl<T: Outcome> Outcome for Option<T> {
    const SQL: Sql = T::SQL.nullable();
    #[inline(always)]
    unsafe fn write(self, value: *mut u8) -> bool {
        match self {
            Some(inner) => inner.write(value),
            None => false,
        }
    }
}
impl<T: Outcome> Return for Option<T> {
    type Place = *mut Place;
    type Direct = ();
    const SQL: Sql = T::SQL.nullable();
    #[inline(always)]
    unsafe fn give(self, place: *mut Place) {
        give_value(self, place)
    }
}
impl<T: Outcome, E: Display> Return for Result<T, E> {
    type Place = *mut Place;
    type Direct = ();
    const SQL: Sql = T::SQL;
    #[inline(always)]
    unsafe fn give(self, place: *mut Place) {
        match self {
            Ok(value) => give_value(value, place),
            Err(error) => give_error(alloc::format!("{error}"), place),
        }
    }
}

#[inline(always)]
unsafe fn give_value<T: Outcome>(value: T, place: *mut Place) {
    let valid = value.write(&raw mut (*place).value as *mut u8);
    (*place).status = valid as i32;
}

#[cold]
unsafe fn give_error(message: String, place: *mut Place) {
    (*place).status = 2;
    (*place).length = message.len();
    (*place).message = message.as_ptr();
    crate::table::keep(message.into_bytes());
}
