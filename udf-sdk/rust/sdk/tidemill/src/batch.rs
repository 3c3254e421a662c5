use crate::signature::Sql;
use crate::table::keeping;
use crate::types::{Date, Decimal, Outcome, Time, Timestamp, TimestampLtz};
use alloc::vec::Vec;
use core::marker::PhantomData;

/// A column as the Arrow C data interface has it.
#[doc(hidden)]
#[repr(C)]
pub struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    buffer_count: i64,
    child_count: i64,
    buffers: *mut *mut u8,
    rest: [usize; 4],
}

/// The values of a column: `Values<f64>`, or `Values<Option<f64>>` where NULL can come.
#[derive(Clone, Copy)]
pub struct Values<'a, T> {
    length: usize,
    valid: *const u8,
    data: *const u8,
    text: *const u8,
    kind: PhantomData<&'a T>,
}

/// What columns hold: numbers, `bool`, `&str`, `&[u8]`, times and short decimals, and `Option`s of them.
pub trait Element<'a>: Sized {
    const SQL: Sql;
    #[doc(hidden)]
    unsafe fn at(data: *const u8, text: *const u8, row: usize) -> Self;
    #[doc(hidden)]
    unsafe fn get(values: &Values<'a, Self>, row: usize) -> Self {
        Self::at(values.data, values.text, row)
    }
}

impl<'a, T: Element<'a>> Values<'a, T> {
    pub fn len(&self) -> usize {
        self.length
    }
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
    /// The value of a row. Panics where there is none.
    #[inline(always)]
    pub fn get(&self, row: usize) -> T {
        assert!(row < self.length, "no such row");
        unsafe { T::get(self, row) }
    }
    pub fn iter(self) -> impl Iterator<Item = T> + 'a
    where
        T: 'a,
    {
        (0..self.length).map(move |row| unsafe { T::get(&self, row) })
    }
}

impl<'a, T: Copy + Element<'a>> Values<'a, T> {
    /// For tests: a column of numbers without NULL.
    pub fn of(data: &'a [T]) -> Self {
        Values { length: data.len(), valid: core::ptr::null(), data: data.as_ptr() as *const u8, text: core::ptr::null(), kind: PhantomData }
    }
}
impl<'a, T: Copy + Element<'a>> Values<'a, Option<T>> {
    /// For tests: a column of numbers; bit i of `valid` says whether value i counts.
    pub fn of_nullable(data: &'a [T], valid: &'a [u8]) -> Self {
        assert!(valid.len() * 8 >= data.len(), "a bit for each value");
        Values { length: data.len(), valid: valid.as_ptr(), data: data.as_ptr() as *const u8, text: core::ptr::null(), kind: PhantomData }
    }
}

macro_rules! elements {
    ($($type:ty => $stored:ty, $sql:expr, |$value:ident| $make:expr, [$($generics:tt)*];)*) => {$(
        impl<'a, $($generics)*> Element<'a> for $type {
            const SQL: Sql = $sql;
            #[inline(always)]
            unsafe fn at(data: *const u8, _: *const u8, row: usize) -> Self { let $value = *(data as *const $stored).add(row); $make }
        }
    )*};
}
elements! {
    i8 => i8, Sql::named("TINYINT"), |v| v, [];
    i16 => i16, Sql::named("SMALLINT"), |v| v, [];
    i32 => i32, Sql::named("INT"), |v| v, [];
    i64 => i64, Sql::named("BIGINT"), |v| v, [];
    f32 => f32, Sql::named("FLOAT"), |v| v, [];
    f64 => f64, Sql::named("DOUBLE"), |v| v, [];
    Date => i32, Sql::named("DATE"), |v| Date(v), [];
    Time => i32, Sql::named("TIME"), |v| Time(v), [];
    Timestamp<P> => i64, Sql::sized("TIMESTAMP", P, 255), |v| Timestamp(v), [const P: u8];
    TimestampLtz<P> => i64, Sql::sized("TIMESTAMP_LTZ", P, 255), |v| TimestampLtz(v), [const P: u8];
    Decimal<P, S> => i64, Sql::decimal(P, S, 1, 18), |v| Decimal(v), [const P: u8, const S: u8];
}
unsafe fn bit(bits: *const u8, row: usize) -> bool {
    (*bits.add(row >> 3) >> (row & 7)) & 1 != 0
}
impl<'a> Element<'a> for bool {
    const SQL: Sql = Sql::named("BOOLEAN");
    #[inline(always)]
    unsafe fn at(data: *const u8, _: *const u8, row: usize) -> bool {
        bit(data, row)
    }
}
impl<'a> Element<'a> for &'a [u8] {
    const SQL: Sql = Sql::named("BYTES");
    #[inline(always)]
    unsafe fn at(data: *const u8, text: *const u8, row: usize) -> &'a [u8] {
        let offsets = data as *const u32;
        let (from, to) = (*offsets.add(row) as usize, *offsets.add(row + 1) as usize);
        if from == to { &[] } else { core::slice::from_raw_parts(text.add(from), to - from) }
    }
}
impl<'a> Element<'a> for &'a str {
    const SQL: Sql = Sql::named("STRING");
    #[inline(always)]
    unsafe fn at(data: *const u8, text: *const u8, row: usize) -> &'a str {
        // The engine has checked that STRING is UTF-8.
        core::str::from_utf8_unchecked(<&[u8] as Element>::at(data, text, row))
    }
}
impl<'a, T: Element<'a>> Element<'a> for Option<T> {
    const SQL: Sql = T::SQL.nullable();
    #[inline(always)]
    unsafe fn at(data: *const u8, text: *const u8, row: usize) -> Self {
        Some(T::at(data, text, row))
    }
    #[inline(always)]
    unsafe fn get(values: &Values<'a, Self>, row: usize) -> Self {
        if values.valid.is_null() || bit(values.valid, row) { Self::at(values.data, values.text, row) } else { None }
    }
}

#[doc(hidden)]
pub trait BatchArgument {
    const SQL: Sql;
    unsafe fn from_array(array: *const Array, rows: usize) -> Self;
}
impl<'a, T: Element<'a>> BatchArgument for Values<'a, T> {
    const SQL: Sql = T::SQL;
    unsafe fn from_array(array: *const Array, rows: usize) -> Self {
        let buffers = (*array).buffers;
        let text = if T::SQL.is_text() { *buffers.add(2) } else { core::ptr::null_mut() };
        Values { length: rows, valid: *buffers, data: *buffers.add(1), text, kind: PhantomData }
    }
}

/// Puts the values that a function made into the column that the engine gave.
#[doc(hidden)]
pub unsafe fn fill<T: Outcome>(values: impl IntoIterator<Item = T>, result: *mut Array, rows: usize) {
    let (valid, data) = (*(*result).buffers, *(*result).buffers.add(1));
    let width = T::SQL.width();
    let mut joined: Vec<u8> = Vec::new();
    let mut nulls = 0;
    let made = keeping(false, || {
        let mut row = 0;
        for value in values {
            if row == rows {
                return rows + 1;
            }
            let mut slot = [0u64; 2];
            let is_valid = value.write(slot.as_mut_ptr() as *mut u8);
            if !is_valid {
                *valid.add(row >> 3) &= !(1 << (row & 7));
                nulls += 1;
            } else if T::SQL.is_text() {
                if slot[0] >> 32 != 0 {
                    joined.extend_from_slice(core::slice::from_raw_parts(slot[0] as u32 as usize as *const u8, (slot[0] >> 32) as usize));
                }
            } else if width == 0 {
                *data.add(row >> 3) |= ((slot[0] & 1) as u8) << (row & 7);
            } else {
                core::ptr::copy_nonoverlapping(slot.as_ptr() as *const u8, data.add(row * width), width);
            }
            if T::SQL.is_text() {
                *(data as *mut u32).add(row + 1) = joined.len() as u32;
            }
            row += 1;
        }
        row
    });
    assert!(made == rows, "a batch function gives a value for every row");
    (*result).null_count = nulls;
    if !joined.is_empty() {
        *(*result).buffers.add(2) = joined.as_mut_ptr();
        crate::table::keep(joined);
    }
}

/// Functions of whole columns, which give a value for every row, as anything that can be iterated over.
///
/// ```ignore
/// tidemill::batch! {
///     fn cost(price: Values<f64>, pieces: Values<Option<i64>>) -> Vec<Option<f64>> {
///         price.iter().zip(pieces.iter()).map(|(price, pieces)| pieces.map(|n| price * n as f64)).collect()
///     }
/// }
/// ```
/// Rows with NULL in a column that is not of `Option`s are left out; there are at most 8192 rows.
#[macro_export]
macro_rules! batch {
    () => {};
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty $body:block $($rest:tt)*) => {
        $(#[$meta])*
        #[allow(dead_code)]
        $visibility fn $name($($argument: $type),*) -> $result $body
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            #[export_name = stringify!($name)]
            unsafe extern "C" fn export(rows: usize, given: *const $crate::Array, result: *mut $crate::Array) {
                let mut next = given;
                $(let $argument = <$type as $crate::BatchArgument>::from_array(next, rows); next = next.add(1);)*
                let _ = next;
                $crate::fill($name($($argument),*), result, rows);
            }
            $crate::__signature!($crate::Signature {
                name: stringify!($name),
                kind: "batch",
                names: &[$(stringify!($argument)),*],
                arguments: &[$(<$type as $crate::BatchArgument>::SQL),*],
                result: Some(<<$result as IntoIterator>::Item as $crate::Outcome>::SQL),
                ..$crate::Signature::NONE
            });
        };
        $crate::batch!($($rest)*);
    };
}
