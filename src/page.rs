//! What only the module for web pages has, to be small.

/// Fewer bytes to load than the standard library's allocator, and constant time.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A panic is a defect, and its message would cost every page 4 KB. The trap is
/// caught outside (`js/runtime.ts`); a development build says more.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
