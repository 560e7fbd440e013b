//! What only the module for web pages has, to be small.

/// Half the bytes of the standard library's allocator.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// A panic is a defect, and its message would cost every page 4 KB. The trap is
/// caught outside (`js/runtime.ts`); a development build says more.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
