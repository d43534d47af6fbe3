//! What a linked image weighs, and what is in it.

use std::{fs, path::Path};

use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, elf};

/// The weight of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Code, constants, and the initial values of variables.
    pub(crate) flash_bytes: u64,
    /// Variables.
    pub(crate) ram_bytes: u64,
}

/// Weighs an ELF image.
///
/// # Errors
/// It cannot be read, or an allocator is linked.
pub(crate) fn weigh(path: &Path) -> Result<Weight, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let image = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    if let Some(symbol) = image.symbols().filter_map(|symbol| symbol.name().ok()).find(|name| is_allocator(name)) {
        return Err(format!("an allocator is linked: {symbol}"));
    }
    let mut weight = Weight { flash_bytes: 0, ram_bytes: 0 };
    for section in image.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        if !sh_flags.contains(elf::SHF_ALLOC) {
            continue;
        }
        weight.flash_bytes += if section.kind() == SectionKind::UninitializedData { 0 } else { section.size() };
        weight.ram_bytes += if sh_flags.contains(elf::SHF_WRITE) { section.size() } else { 0 };
    }
    Ok(weight)
}

/// The names that compilers and C libraries give to the functions that allocate.
fn is_allocator(symbol: &str) -> bool {
    ["__rust_alloc", "__rg_alloc", "__rdl_alloc", "malloc"].iter().any(|name| symbol.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocators_are_known_by_name() {
        assert!(is_allocator("_RNvCs1_7___rustc12___rust_alloc") && is_allocator("malloc"));
        assert!(!is_allocator("_start") && !is_allocator("__aeabi_memcpy"));
    }

    /// This very program allocates: the check must see it.
    #[test]
    fn an_allocator_in_an_image_is_found() {
        let _heap = std::hint::black_box(Box::new(1));
        let error = weigh(&std::env::current_exe().unwrap()).unwrap_err();
        assert!(error.contains("an allocator is linked"), "{error}");
    }
}
