//! What the engine wants of a module, and how it is told of panics.
use alloc::alloc::{alloc, Layout};

/// Room for so many bytes, which is the engine's for good.
#[no_mangle]
pub unsafe extern "C" fn tidemill_allocate(bytes: usize) -> *mut u8 {
    match Layout::from_size_align(bytes, 16) {
        Ok(layout) if bytes > 0 => alloc(layout),
        _ => core::ptr::null_mut(),
    }
}

#[cfg(feature = "std")]
mod panics {
    use alloc::string::ToString;

    #[link(wasm_import_module = "tidemill")]
    extern "C" {
        fn fail(message: *const u8, length: usize);
    }

    /// The engine calls it once: panics give their message and place.
    #[no_mangle]
    pub extern "C" fn _initialize() {
        std::panic::set_hook(std::boxed::Box::new(|panic| {
            let message = panic.to_string();
            unsafe { fail(message.as_ptr(), message.len()) };
        }));
    }
}
