//! What was meant, perhaps.

use strsim::damerau_levenshtein;

/// The known word that a mistyped one is nearest to, if it is near to one at all.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let distance = |known: &str| damerau_levenshtein(&word, &known.to_lowercase());
    let nearest = known.into_iter().map(|known| (distance(known), known)).min()?;
    let (distance, known) = nearest;
    (distance <= allowed(&word)).then_some(known)
}

/// One mistake in three letters is still the same word.
fn allowed(word: &str) -> usize {
    (word.chars().count() / 3).clamp(1, 4)
}

/// The attribute that was meant, by its path: one of a similar name, or one of this name elsewhere.
pub(super) fn attribute<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let (here, elsewhere): (Vec<_>, Vec<_>) = known.iter().partition(|path| !path.contains('.'));
    let deeper = elsewhere.iter().find(|path| path.rsplit('.').next() == Some(name));
    let here = nearest(name, here.into_iter().map(String::as_str));
    here.or(deeper.map(|path| path.as_str()))
}
