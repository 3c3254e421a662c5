/// Functions of a row: arguments and result as in the table of the [crate]. A function before which `nondeterministic` stands may give another result for
/// the same arguments.
#[macro_export]
macro_rules! scalar {
    () => {};
    ($(#[$meta:meta])* nondeterministic $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty $body:block $($rest:tt)*) => {
        $crate::__scalar!([$(#[$meta])*] [$visibility] $name ($($argument: $type),*) [$result] $body false);
        $crate::scalar!($($rest)*);
    };
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty $body:block $($rest:tt)*) => {
        $crate::__scalar!([$(#[$meta])*] [$visibility] $name ($($argument: $type),*) [$result] $body true);
        $crate::scalar!($($rest)*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __scalar {
    ([$(#[$meta:meta])*] [$visibility:vis] $name:ident ($($argument:ident: $type:ty),*) [$result:ty] $body:block $deterministic:literal) => {
        $(#[$meta])*
        #[allow(dead_code)]
        $visibility fn $name($($argument: $type),*) -> $result $body
        $crate::__arguments!(__export_scalar {$name [$result] $deterministic} [] $(($argument: $type))*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_scalar {
    ({$name:ident [$result:ty] $deterministic:literal} $(($argument:ident $b:ident $c:ident $type:ty))*) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            #[export_name = stringify!($name)]
            #[allow(improper_ctypes_definitions, clippy::too_many_arguments)]
            unsafe extern "C" fn export(
                place: <$result as $crate::Return>::Place,
                $($argument: <$type as $crate::Argument>::A, $b: <$type as $crate::Argument>::B, $c: <$type as $crate::Argument>::C),*
            ) -> <$result as $crate::Return>::Direct {
                let result: $result = $name($(<$type as $crate::Argument>::from_wasm($argument, $b, $c)),*);
                <$result as $crate::Return>::give(result, place)
            }
            $crate::__signature!($crate::Signature {
                name: stringify!($name),
                kind: "scalar",
                names: &[$(stringify!($argument)),*],
                arguments: &[$(<$type as $crate::Argument>::SQL),*],
                result: Some(<$result as $crate::Return>::SQL),
                state_bytes: 0,
                column_names: &[],
                columns: &[],
                deterministic: $deterministic,
                ..$crate::Signature::NONE
            });
        };
    };
}

/// Gives every argument two more names, for the values that may follow its first, and calls another macro with them.
#[doc(hidden)]
#[macro_export]
macro_rules! __arguments {
    ($next:ident {$($context:tt)*} [$($done:tt)*]) => { $crate::$next!({$($context)*} $($done)*); };
    ($next:ident {$($context:tt)*} [] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [($a b0 c0 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 ($a b1 c1 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 ($a b2 c2 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt $d2:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 $d2 ($a b3 c3 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt $d2:tt $d3:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 $d2 $d3 ($a b4 c4 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt $d2:tt $d3:tt $d4:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 $d2 $d3 $d4 ($a b5 c5 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt $d2:tt $d3:tt $d4:tt $d5:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 $d2 $d3 $d4 $d5 ($a b6 c6 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$d0:tt $d1:tt $d2:tt $d3:tt $d4:tt $d5:tt $d6:tt] ($a:ident: $t:ty) $($rest:tt)*) => { $crate::__arguments!($next {$($context)*} [$d0 $d1 $d2 $d3 $d4 $d5 $d6 ($a b7 c7 $t)] $($rest)*); };
    ($next:ident {$($context:tt)*} [$($done:tt)*] $($rest:tt)+) => { compile_error!("functions for Tidemill have at most 8 arguments in Rust"); };
}

/// Writes a signature into the file's section.
#[doc(hidden)]
#[macro_export]
macro_rules! __signature {
    ($signature:expr) => {
        const SIGNATURE: $crate::Signature = $signature;
        #[cfg(target_arch = "wasm32")]
        #[link_section = "tidemill.signatures"]
        #[used]
        static SECTION: [u8; SIGNATURE.length()] = SIGNATURE.bytes();
        #[cfg(not(target_arch = "wasm32"))]
        const _: usize = SIGNATURE.length();
    };
}
