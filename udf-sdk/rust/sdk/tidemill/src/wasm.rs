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

/// Texts are short and soon given back: blocks of up to 1 KiB come from a list for each size, which is much cheaper than to search. Larger ones are the
/// system's. Without the feature `allocator` your crate can bring another.
#[cfg(feature = "allocator")]
mod allocator {
    use core::cell::UnsafeCell;
    use core::ptr::null_mut;
    use std::alloc::{GlobalAlloc, Layout, System};

    const UNIT: usize = 16;
    const CLASSES: usize = 64;
    const CHUNK: usize = 32768;

    struct Lists {
        /// Of each size, the first free block; it begins with the address of the next.
        free: [*mut u8; CLASSES + 1],
        next: *mut u8,
        left: usize,
    }
    struct Blocks(UnsafeCell<Lists>);
    // A module has one thread.
    unsafe impl Sync for Blocks {}

    #[global_allocator]
    static BLOCKS: Blocks = Blocks(UnsafeCell::new(Lists { free: [null_mut(); CLASSES + 1], next: null_mut(), left: 0 }));

    #[inline(always)]
    fn class_of(layout: &Layout) -> Option<usize> {
        let class = layout.size().wrapping_add(UNIT - 1) / UNIT;
        (class <= CLASSES && layout.align() <= UNIT).then_some(class)
    }

    #[cold]
    unsafe fn carve(lists: &mut Lists, bytes: usize) -> *mut u8 {
        if lists.left < bytes {
            let chunk = System.alloc(Layout::from_size_align_unchecked(CHUNK, UNIT));
            if chunk.is_null() {
                return chunk;
            }
            lists.next = chunk;
            lists.left = CHUNK;
        }
        let block = lists.next;
        lists.next = block.add(bytes);
        lists.left -= bytes;
        block
    }

    // The system's calls stand apart, so that short ones are short enough to become part of their callers.
    #[cold]
    #[inline(never)]
    unsafe fn large(layout: Layout) -> *mut u8 {
        System.alloc(layout)
    }
    #[cold]
    #[inline(never)]
    unsafe fn free_large(block: *mut u8, layout: Layout) {
        System.dealloc(block, layout)
    }

    unsafe impl GlobalAlloc for Blocks {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let Some(class) = class_of(&layout) else { return large(layout) };
            let lists = &mut *self.0.get();
            let block = lists.free[class];
            if block.is_null() {
                return carve(lists, class * UNIT);
            }
            lists.free[class] = *(block as *mut *mut u8);
            block
        }

        #[inline]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            let Some(class) = class_of(&layout) else { return free_large(block, layout) };
            let lists = &mut *self.0.get();
            *(block as *mut *mut u8) = lists.free[class];
            lists.free[class] = block;
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            let wanted = Layout::from_size_align_unchecked(size, layout.align());
            match (class_of(&layout), class_of(&wanted)) {
                (None, None) => System.realloc(block, layout, size),
                (before, after) if before == after => block,
                _ => {
                    let moved = self.alloc(wanted);
                    if !moved.is_null() {
                        core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}
