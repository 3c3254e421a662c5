use crate::signature::Sql;
use crate::types::Outcome;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

/// A column of a row that a table function makes.
pub trait Column: Outcome {}
impl<T: Outcome> Column for T {}

/// A row that a table function makes: a tuple of one to eight values.
pub trait Row {
    const COLUMNS: &'static [Sql];
    /// 8-byte words of a record: one of NULL bits, one a column, two of a long decimal.
    #[doc(hidden)]
    const WORDS: usize;
    #[doc(hidden)]
    unsafe fn record(self, words: *mut u64);
}

const fn words_of(sql: &Sql) -> usize {
    if sql.is_long_decimal() { 2 } else { 1 }
}

macro_rules! rows {
    ($(($($column:ident $index:tt),*);)*) => {$(
        impl<$($column: Outcome),*> Row for ($($column,)*) {
            const COLUMNS: &'static [Sql] = &[$($column::SQL),*];
            const WORDS: usize = 1 $(+ words_of(&$column::SQL))*;
            unsafe fn record(self, words: *mut u64) {
                let mut nulls = 0u64;
                let mut at = 1;
                $(
                    if !self.$index.write(words.add(at) as *mut u8) { nulls |= 1 << $index; }
                    at += words_of(&$column::SQL);
                )*
                let _ = at;
                *words = nulls;
            }
        }
    )*};
}
rows! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
}

/// What results point to, until the next call.
#[doc(hidden)]
pub struct Gathered(UnsafeCell<(Vec<Vec<u8>>, Vec<u64>, bool, Vec<u8>)>);
// A module has one thread.
unsafe impl Sync for Gathered {}
static GATHERED: Gathered = Gathered(UnsafeCell::new((Vec::new(), Vec::new(), false, Vec::new())));

/// Keeps bytes until the next call; those of a whole block while it is made.
#[inline]
pub(crate) unsafe fn keep(bytes: Vec<u8>) {
    let (texts, _, making, _) = &mut *GATHERED.0.get();
    if *making {
        texts.push(bytes);
    } else {
        keep_last(bytes);
    }
}

/// Keeps bytes until the next call, which nothing else needs then.
#[inline(always)]
pub(crate) unsafe fn keep_last(bytes: Vec<u8>) {
    (*GATHERED.0.get()).3 = bytes;
}

/// Runs what keeps several texts at once, until the next call.
pub(crate) unsafe fn keeping<T>(again: bool, run: impl FnOnce() -> T) -> T {
    {
        let (texts, _, making, _) = &mut *GATHERED.0.get();
        if !again {
            texts.clear();
        }
        *making = true;
    }
    let made = run();
    (*GATHERED.0.get()).2 = false;
    made
}

/// The rows of a call as a block of records.
#[doc(hidden)]
pub unsafe fn block<R: Row>(rows: impl IntoIterator<Item = R>) -> u64 {
    {
        let (texts, words, making, _) = &mut *GATHERED.0.get();
        texts.clear();
        words.clear();
        *making = true;
    }
    let mut count = 0u64;
    for row in rows {
        let words = &mut (*GATHERED.0.get()).1;
        words.resize(words.len() + R::WORDS, 0);
        let at = words.as_mut_ptr().add(words.len() - R::WORDS);
        row.record(at);
        count += 1;
    }
    let (_, words, making, _) = &mut *GATHERED.0.get();
    *making = false;
    if count == 0 { 0 } else { (count << 32) | (words.as_ptr() as usize as u64 & 0xffff_ffff) }
}

/// Table functions: for a row none or several, as anything that gives tuples. The columns' names stand behind the arrow.
///
/// ```ignore
/// tidemill::table! {
///     fn words(text: &str) -> [word, length] Vec<(String, i32)> {
///         text.split_whitespace().map(|word| (word.to_string(), word.chars().count() as i32)).collect()
///     }
/// }
/// ```
#[macro_export]
macro_rules! table {
    () => {};
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> [$($column:ident),+ $(,)?] $rows:ty $body:block $($rest:tt)*) => {
        $(#[$meta])*
        #[allow(dead_code)]
        $visibility fn $name($($argument: $type),*) -> $rows $body
        $crate::__arguments!(__export_table {$name [$($column),+] [$rows]} [] $(($argument: $type))*);
        $crate::table!($($rest)*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_table {
    ({$name:ident [$($column:ident),+] [$rows:ty]} $(($argument:ident $b:ident $c:ident $type:ty))*) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            #[export_name = stringify!($name)]
            #[allow(improper_ctypes_definitions, clippy::too_many_arguments)]
            unsafe extern "C" fn export(
                $($argument: <$type as $crate::Argument>::A, $b: <$type as $crate::Argument>::B, $c: <$type as $crate::Argument>::C),*
            ) -> u64 {
                $crate::block($name($(<$type as $crate::Argument>::from_wasm($argument, $b, $c)),*))
            }
            const COLUMNS: &[$crate::Sql] = <<$rows as IntoIterator>::Item as $crate::Row>::COLUMNS;
            const NAMES: &[&str] = &[$(stringify!($column)),+];
            const _: () = assert!(COLUMNS.len() == NAMES.len(), "a name for each column");
            $crate::__signature!($crate::Signature {
                name: stringify!($name),
                kind: "table",
                names: &[$(stringify!($argument)),*],
                arguments: &[$(<$type as $crate::Argument>::SQL),*],
                result: None,
                state_bytes: 0,
                column_names: NAMES,
                columns: COLUMNS,
                deterministic: true,
                ..$crate::Signature::NONE
            });
        };
    };
}
