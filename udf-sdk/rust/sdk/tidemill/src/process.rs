use crate::signature::Sql;
use crate::table::keeping;
use crate::types::{Date, Decimal, Outcome, Time, Timestamp, TimestampLtz};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

#[doc(hidden)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Timer {
    pub time: i64,
    name: *const u8,
    length: usize,
    action: u32,
    zero: u32,
}

/// What a process table function is called with: times in milliseconds since 1970, timers, and whether its state is forgotten.
#[repr(C)]
pub struct Context {
    /// Of the row or of the timer.
    pub time: i64,
    pub watermark: i64,
    pub flags: u32,
    timer: *const u8,
    timer_length: usize,
    /// Of a row: 1, or −1 when it is taken back.
    pub weight: i32,
    timers: *const Timer,
    timer_count: usize,
    cleared: u32,
    reserved: [u8; 20],
}
#[cfg(target_arch = "wasm32")]
const _: () = assert!(core::mem::size_of::<Context>() == 64 && core::mem::size_of::<Timer>() == 24, "not as udf-sdk/abi has it");

struct Asked(UnsafeCell<(Vec<Timer>, Vec<String>)>);
// A module has one thread.
unsafe impl Sync for Asked {}
#[cfg(target_arch = "wasm32")]
static ASKED: Asked = Asked(UnsafeCell::new((Vec::new(), Vec::new())));
#[cfg(not(target_arch = "wasm32"))]
std::thread_local! { static ASKED: Asked = const { Asked(UnsafeCell::new((Vec::new(), Vec::new()))) }; }

impl Context {
    /// For tests: the context of a row at that time.
    pub fn at(time: i64) -> Context {
        Context {
            time,
            watermark: 0,
            flags: 1,
            timer: core::ptr::null(),
            timer_length: 0,
            weight: 1,
            timers: core::ptr::null(),
            timer_count: 0,
            cleared: 0,
            reserved: [0; 20],
        }
    }
    pub fn has_time(&self) -> bool {
        self.flags & 1 != 0
    }
    pub fn has_watermark(&self) -> bool {
        self.flags & 2 != 0
    }
    /// Whether nothing is known of the partition yet.
    pub fn is_new(&self) -> bool {
        self.flags & 4 != 0
    }
    /// The name of the timer that is due.
    pub fn timer(&self) -> &str {
        if self.timer_length == 0 {
            return "";
        }
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.timer, self.timer_length)) }
    }
    /// `timer` is called when the watermark reaches `time`. A timer with a name is moved when it is set again; without one, "", every time is a timer of its own.
    pub fn set_timer(&mut self, name: &str, time: i64) {
        self.ask(name, time, 1);
    }
    pub fn clear_timer(&mut self, name: &str, time: i64) {
        self.ask(name, time, 2);
    }
    pub fn clear_timers(&mut self) {
        self.ask("", 0, 3);
    }
    /// Forgets the state of the partition when the call ends.
    pub fn clear_state(&mut self) {
        self.cleared = 1;
    }
    pub fn is_cleared(&self) -> bool {
        self.cleared != 0
    }
    /// Times of the timers that were set or cleared in this call.
    pub fn asked(&self) -> Vec<i64> {
        (0..self.timer_count).map(|index| unsafe { (*self.timers.add(index)).time }).collect()
    }
    fn ask(&mut self, name: &str, time: i64, action: u32) {
        let first = self.timer_count == 0;
        let add = |asked: &Asked| unsafe {
            let (timers, names) = &mut *asked.0.get();
            if first {
                timers.clear();
                names.clear();
            }
            names.push(String::from(name));
            let kept = names.last().unwrap();
            timers.push(Timer { time, name: kept.as_ptr(), length: kept.len(), action, zero: 0 });
            timers.as_ptr()
        };
        #[cfg(target_arch = "wasm32")]
        let timers = add(&ASKED);
        #[cfg(not(target_arch = "wasm32"))]
        let timers = ASKED.with(add);
        self.timers = timers;
        self.timer_count += 1;
    }
}

/// What the state of a process table function can hold: numbers, `bool`, `String`, times and short decimals, and `Option`s of them.
pub trait Field: Outcome + Clone {
    #[doc(hidden)]
    unsafe fn read(slot: *const u8, is_null: bool) -> Self;
}
macro_rules! fields {
    ($($type:ty => $stored:ty, |$value:ident| $make:expr, [$($generics:tt)*];)*) => {$(
        impl<$($generics)*> Field for $type {
            unsafe fn read(slot: *const u8, _: bool) -> Self { let $value = (slot as *const $stored).read_unaligned(); $make }
        }
    )*};
}
fields! {
    bool => i32, |v| v != 0, [];
    i8 => i32, |v| v as i8, [];
    i16 => i32, |v| v as i16, [];
    i32 => i32, |v| v, [];
    i64 => i64, |v| v, [];
    f32 => f32, |v| v, [];
    f64 => f64, |v| v, [];
    Date => i32, |v| Date(v), [];
    Time => i32, |v| Time(v), [];
    Timestamp<P> => i64, |v| Timestamp(v), [const P: u8];
    TimestampLtz<P> => i64, |v| TimestampLtz(v), [const P: u8];
    Decimal<P, S> => i64, |v| Decimal(v), [const P: u8, const S: u8];
    String => u64, |v| if v >> 32 == 0 {
        String::new()
    } else {
        String::from(core::str::from_utf8_unchecked(core::slice::from_raw_parts(v as u32 as usize as *const u8, (v >> 32) as usize)))
    }, [];
}
impl<T: Field> Field for Option<T> {
    unsafe fn read(slot: *const u8, is_null: bool) -> Self {
        if is_null { None } else { Some(T::read(slot, false)) }
    }
}

#[doc(hidden)]
pub unsafe fn read_field<T: Field>(record: *const u64, index: &mut usize) -> T {
    let at = *index;
    *index += 1;
    T::read(record.add(1 + at) as *const u8, (*record >> at) & 1 != 0)
}
#[doc(hidden)]
pub unsafe fn write_field<T: Field>(record: *mut u64, index: &mut usize, value: &T) {
    const { assert!(!<T as Outcome>::SQL.is_long_decimal(), "a state holds no LongDecimal") };
    let at = *index;
    *index += 1;
    *record.add(1 + at) = 0;
    if !value.clone().write(record.add(1 + at) as *mut u8) {
        *record |= 1 << at;
    }
}
#[doc(hidden)]
pub unsafe fn write_state(record: *mut u64, write: impl FnOnce()) {
    *record = 0;
    // texts of the rows stay as well
    keeping(true, write);
}

/// A process table function: rows of a partition one by one, with a state that the engine keeps for the partition, and timers. In `row`, behind context and state stand the
/// table's columns, and behind a semicolon the scalars. `timer` may be left out.
///
/// ```ignore
/// tidemill::process! {
///     counted -> [items] Vec<(i64,)>;
///     state Counted { items: i64 }
///     row(context, state, price: f64; gap: i64) {
///         state.items += 1;
///         context.set_timer("over", context.time + gap);
///         vec![]
///     }
///     timer(context, state) {
///         context.clear_state();
///         vec![(state.items,)]
///     }
/// }
/// ```
/// For tests there are `counted(&mut context, &mut state, 1.0, 500)` and `Counted::timer(&mut context, &mut state)`. A state begins as `Default` says in tests, and as 0, "" and `None`.
#[macro_export]
macro_rules! process {
    (
        $(#[$meta:meta])*
        $name:ident -> [$($column:ident),+ $(,)?] $rows:ty;
        state $state:ident { $($field:ident: $kind:ty),+ $(,)? }
        row($context:ident, $own:ident $(, $input:ident: $input_type:ty)*; $($argument:ident: $type:ty),* $(,)?) $body:block
        $(timer($timer_context:ident, $timer_own:ident) $timer:block)?
    ) => {
        #[derive(Clone, Debug, Default)]
        pub struct $state { $(pub $field: $kind),+ }
        impl $state {
            #[allow(dead_code)]
            unsafe fn read(record: *const u64) -> $state {
                let mut index = 0;
                $state { $($field: $crate::read_field(record, &mut index)),+ }
            }
            #[allow(dead_code)]
            unsafe fn write(&self, record: *mut u64) {
                $crate::write_state(record, || {
                    let mut index = 0;
                    $($crate::write_field(record, &mut index, &self.$field);)+
                    let _ = index;
                });
            }
            $(
                #[allow(dead_code)]
                pub fn timer($timer_context: &mut $crate::Context, $timer_own: &mut $state) -> $rows $timer
            )?
        }
        $(#[$meta])*
        #[allow(dead_code, unused_variables)]
        pub fn $name($context: &mut $crate::Context, $own: &mut $state $(, $input: $input_type)* $(, $argument: $type)*) -> $rows $body
        $(
            // named as the block is there
            const _: () = {
                #[cfg(target_arch = "wasm32")]
                #[export_name = concat!(stringify!($name), "_timer")]
                unsafe extern "C" fn export($timer_context: *mut $crate::Context) -> u64 {
                    let record = $timer_context.add(1) as *mut u64;
                    let mut state = $state::read(record);
                    let made = $crate::block($state::timer(&mut *$timer_context, &mut state));
                    state.write(record);
                    made
                }
            };
        )?
        $crate::__arguments!(__export_process {
            $name $state [$rows] [$($column),+] [$($field: $kind),+] [$($input: $input_type),*] [$($argument: $type),*]
        } [] $(($input: $input_type))* $(($argument: $type))*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_process {
    ({
        $name:ident $state:ident [$rows:ty] [$($column:ident),+] [$($field:ident: $kind:ty),+] [$($input:ident: $input_type:ty),*] [$($scalar:ident: $scalar_type:ty),*]
    } $(($argument:ident $b:ident $c:ident $type:ty))*) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            #[export_name = stringify!($name)]
            #[allow(improper_ctypes_definitions, clippy::too_many_arguments)]
            unsafe extern "C" fn export(
                context: *mut $crate::Context,
                $($argument: <$type as $crate::Argument>::A, $b: <$type as $crate::Argument>::B, $c: <$type as $crate::Argument>::C),*
            ) -> u64 {
                let record = context.add(1) as *mut u64;
                let mut state = $state::read(record);
                let made = $crate::block($name(&mut *context, &mut state, $(<$type as $crate::Argument>::from_wasm($argument, $b, $c)),*));
                state.write(record);
                made
            }
            const COLUMNS: &[$crate::Sql] = <<$rows as IntoIterator>::Item as $crate::Row>::COLUMNS;
            const NAMES: &[&str] = &[$(stringify!($column)),+];
            const _: () = assert!(COLUMNS.len() == NAMES.len(), "a name for each column");
            $crate::__signature!($crate::Signature {
                name: stringify!($name),
                kind: "process",
                names: &[$(stringify!($scalar)),*],
                arguments: &[$(<$scalar_type as $crate::Argument>::SQL),*],
                column_names: NAMES,
                columns: COLUMNS,
                table_names: &[$(stringify!($input)),*],
                table: &[$(<$input_type as $crate::Argument>::SQL),*],
                state_names: &[$(stringify!($field)),+],
                state: &[$(<$kind as $crate::Outcome>::SQL),+],
                ..$crate::Signature::NONE
            });
        };
    };
}
