//! Closed vocabularies: a small enum in memory, one lower-case word in the lake and in SQL.

/// A closed vocabulary whose values are stored as words.
///
/// Reading is total: a word that is not known becomes [`Code::UNKNOWN`]; what the source itself
/// said stays in `native_status`.
pub trait Code: Copy + Eq + 'static {
    /// The value for "not said, or a word we do not know".
    const UNKNOWN: Self;
    /// Every value with its word, in declaration order.
    const WORDS: &'static [(Self, &'static str)];
    /// What the reference says of it.
    const VOCABULARY: Vocabulary;

    /// Returns the word that SQL and JSON show for this value.
    fn word(self) -> &'static str;

    /// Returns the value for `word`, [`Code::UNKNOWN`] when there is none.
    fn from_word(word: &str) -> Self {
        Self::WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .map_or(Self::UNKNOWN, |(value, _)| *value)
    }
}

/// A vocabulary as the reference shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// The name of its type.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Every word with its meaning, in declaration order, `unknown` last.
    pub words: &'static [(&'static str, &'static str)],
}

/// A column of one vocabulary, seen without its type, so that storage needs no list of enums.
pub trait CodeColumn {
    /// Returns the number of rows.
    fn len(&self) -> usize;
    /// Returns whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Returns the word at `row`; the word of [`Code::UNKNOWN`] beyond the end.
    fn word_at(&self, row: usize) -> &'static str;
    /// Returns which vocabulary it is.
    fn vocabulary(&self) -> &'static Vocabulary;
    /// Appends the value for `word`; `None` and unknown words append [`Code::UNKNOWN`].
    fn push_word(&mut self, word: Option<&str>);
    /// Appends for each of `keys` the value for the word that it counts to in `words`, each of which
    /// is looked at once.
    fn push_coded(
        &mut self,
        words: &mut dyn Iterator<Item = Option<&str>>,
        keys: &mut dyn Iterator<Item = Option<usize>>,
    );
}

impl<T: Code> CodeColumn for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }
    fn word_at(&self, row: usize) -> &'static str {
        self.get(row).copied().unwrap_or(T::UNKNOWN).word()
    }
    fn vocabulary(&self) -> &'static Vocabulary {
        &T::VOCABULARY
    }
    fn push_word(&mut self, word: Option<&str>) {
        self.push(word.map_or(T::UNKNOWN, T::from_word));
    }
    fn push_coded(
        &mut self,
        words: &mut dyn Iterator<Item = Option<&str>>,
        keys: &mut dyn Iterator<Item = Option<usize>>,
    ) {
        let values: Self = words.map(|word| word.map_or(T::UNKNOWN, T::from_word)).collect();
        self.extend(
            keys.map(|key| key.and_then(|key| values.get(key)).copied().unwrap_or(T::UNKNOWN)),
        );
    }
}

/// Declares a vocabulary: `enum` + [`Code`] + `Default` (unknown) + `Display`.
macro_rules! vocabulary {
    ($(#[doc = $doc:literal])+ $name:ident {
        $(#[doc = $vdoc:literal] $value:ident = $word:literal,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub enum $name {
            $(#[doc = $vdoc] $value,)*
            /// Not said, or said in a word we do not know (see `native_status`).
            #[default]
            Unknown,
        }

        impl $crate::code::Code for $name {
            const UNKNOWN: Self = Self::Unknown;
            const WORDS: &'static [(Self, &'static str)] =
                &[$((Self::$value, $word),)* (Self::Unknown, "unknown")];
            const VOCABULARY: $crate::Vocabulary = $crate::Vocabulary {
                name: stringify!($name),
                doc: concat!($($doc),+),
                words: &[
                    $(($word, $vdoc),)*
                    ("unknown", " Not said, or said in a word that we do not know (see `native_status`)."),
                ],
            };

            fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)* Self::Unknown => "unknown" }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::code::Code::word(*self))
            }
        }
    };
}
pub(crate) use vocabulary;
