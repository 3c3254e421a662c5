/// An aggregate over a type that is its state: `Copy`, so that it holds no address, and `Default`, what a group begins with. The engine keeps it.
///
/// ```ignore
/// #[derive(Clone, Copy, Default)]
/// struct Average { sum: f64, count: i64 }
/// impl Average {
///     fn accumulate(&mut self, x: f64) { self.sum += x; self.count += 1; }
///     fn retract(&mut self, x: f64) { self.sum -= x; self.count -= 1; }
///     fn merge(&mut self, other: &Average) { self.sum += other.sum; self.count += other.count; }
///     fn finish(&self) -> Option<f64> { (self.count > 0).then(|| self.sum / self.count as f64) }
/// }
/// tidemill::aggregate!(average: Average, (x: f64) -> Option<f64>, retract, merge);
/// ```
/// Leave out `retract` or `merge` where there is none: updating inputs, or phases and HOP, CUMULATE and SESSION windows, are refused then.
#[macro_export]
macro_rules! aggregate {
    ($name:ident: $state:ty, ($($argument:ident: $type:ty),* $(,)?) -> $result:ty $(, $part:ident)* $(,)?) => {
        #[allow(non_snake_case)]
        mod $name {
            use super::*;
            $crate::__arguments!(__export_aggregate {$name [$state] [$result] accumulate} [] $(($argument: $type))*);
            $crate::__aggregate_parts!([$($part)*] $name [$state] $(($argument: $type))*);
            const _: () = {
                const fn holds_no_address<T: Copy + Default>() {}
                holds_no_address::<$state>();
                #[cfg(target_arch = "wasm32")]
                #[export_name = concat!(stringify!($name), "_init")]
                unsafe extern "C" fn init(state: *mut $state) {
                    state.write(<$state>::default());
                }
                #[cfg(target_arch = "wasm32")]
                #[export_name = concat!(stringify!($name), "_finish")]
                #[allow(improper_ctypes_definitions)]
                unsafe extern "C" fn finish(
                    place: <$result as $crate::Return>::Place,
                    state: *const $state,
                ) -> <$result as $crate::Return>::Direct {
                    <$result as $crate::Return>::give((*state).finish(), place)
                }
                $crate::__signature!($crate::Signature {
                    name: stringify!($name),
                    kind: "aggregate",
                    names: &[$(stringify!($argument)),*],
                    arguments: &[$(<$type as $crate::Argument>::SQL),*],
                    result: Some(<$result as $crate::Return>::SQL),
                    state_bytes: core::mem::size_of::<$state>(),
                    column_names: &[],
                    columns: &[],
                    deterministic: true,
                    ..$crate::Signature::NONE
                });
            };
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __aggregate_parts {
    ([] $($rest:tt)*) => {};
    ([retract $($more:ident)*] $name:ident [$state:ty] $(($argument:ident: $type:ty))*) => {
        $crate::__arguments!(__export_aggregate {$name [$state] [()] retract} [] $(($argument: $type))*);
        $crate::__aggregate_parts!([$($more)*] $name [$state] $(($argument: $type))*);
    };
    ([merge $($more:ident)*] $name:ident [$state:ty] $($arguments:tt)*) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[export_name = concat!(stringify!($name), "_merge")]
            unsafe extern "C" fn merge(state: *mut $state, other: *const $state) {
                (*state).merge(&*other);
            }
        };
        $crate::__aggregate_parts!([$($more)*] $name [$state] $($arguments)*);
    };
    ([$other:ident $($more:ident)*] $($rest:tt)*) => { compile_error!("an aggregate may have retract and merge"); };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_aggregate {
    ({$name:ident [$state:ty] [$result:ty] $part:ident} $(($argument:ident $b:ident $c:ident $type:ty))*) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[export_name = concat!(stringify!($name), "_", stringify!($part))]
            #[allow(improper_ctypes_definitions, clippy::too_many_arguments)]
            unsafe extern "C" fn export(
                state: *mut $state,
                $($argument: <$type as $crate::Argument>::A, $b: <$type as $crate::Argument>::B, $c: <$type as $crate::Argument>::C),*
            ) {
                (*state).$part($(<$type as $crate::Argument>::from_wasm($argument, $b, $c)),*);
            }
        };
    };
}
