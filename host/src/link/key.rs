//! The key that the machines of a ring share.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// A pre-shared key: its holders are the machines of the ring.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; Key::LENGTH]);

impl Key {
    /// Bytes of a key.
    pub const LENGTH: usize = 32;

    /// A new key, from the operating system's random numbers.
    ///
    /// # Errors
    /// If it gives none.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Writes the key to a new file that only its owner may read.
    ///
    /// # Errors
    /// If the file exists, or cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = options.open(path)?;
        writeln!(file, "{digits}")?;
        file.sync_all()
    }

    /// Reads a key file: 64 hexadecimal digits, in a file that others may not touch.
    ///
    /// # Errors
    /// The fault of the key or its file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        #[cfg(unix)]
        demand_private(&fs::metadata(path)?)?;
        let text = fs::read(path)?;
        let digits = text.trim_ascii();
        let mut bytes = [0; Self::LENGTH];
        if digits.len() != 2 * bytes.len() {
            return Err(KeyError::NotAKey);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
            *byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(KeyError::NotAKey)?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Key {
    /// Never shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Only the owner may touch a key. The group may read one that belongs to root, and nothing more: that is how
/// Kubernetes hands a secret to a process that is not root.
#[cfg(unix)]
fn demand_private(file: &fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::MetadataExt;
    let allowed = if file.uid() == 0 { 0o740 } else { 0o700 };
    let mode = file.mode() & 0o777;
    if mode & !allowed == 0 { Ok(()) } else { Err(KeyError::Exposed { mode }) }
}

/// Reasons why a file is no usable key.
#[derive(Debug)]
pub enum KeyError {
    /// It cannot be read.
    Io(io::Error),
    /// Others than its owner may touch it.
    Exposed {
        /// Its permissions.
        mode: u32,
    },
    /// It does not hold 64 hexadecimal digits.
    NotAKey,
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("there is no such file: make one with `clockring key`")
            }
            Self::Io(error) => error.fmt(f),
            Self::Exposed { mode } => {
                write!(
                    f,
                    "others than its owner may touch it (mode {mode:o}): make a new key, and `chmod 600` its file"
                )
            }
            Self::NotAKey => {
                f.write_str("it does not hold a key, 64 hexadecimal digits: make one with `clockring key`")
            }
        }
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> std::path::PathBuf {
        let directory = std::env::temp_dir().join(format!("clockring-key-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn a_key_is_read_back_as_it_was_written_and_never_replaced() {
        let path = directory("written").join("ring.key");
        let _ = fs::remove_file(&path);
        let key = Key::generate().unwrap();
        key.write(&path).unwrap();
        assert_eq!(Key::read(&path).unwrap(), key);
        assert_eq!(key.write(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_ne!(Key::generate().unwrap(), key);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_touch_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let path = directory("exposed").join("ring.key");
        let _ = fs::remove_file(&path);
        Key::generate().unwrap().write(&path).unwrap();
        for mode in [0o604, 0o602, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(Key::read(&path), Err(KeyError::Exposed { .. })), "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        Key::read(&path).unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let path = directory("wrong").join("ring.key");
        for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"+1".repeat(32)] {
            let _ = fs::remove_file(&path);
            Key::from_bytes([0; 32]).write(&path).unwrap();
            fs::write(&path, text).unwrap();
            assert!(matches!(Key::read(&path), Err(KeyError::NotAKey)), "{text}");
        }
    }
}
