//! English as a reader of a page would check it: singulars, punctuation, numbers that are none.

/// The text of a page: a line for every paragraph, item and cell; without scripts, and without the licence.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = name.split([' ', '\n']).next().unwrap();
        rest = match name {
            "script" | "style" | "pre" => after.split_once(&format!("</{name}>")).map_or("", |(_, after)| after),
            _ => after,
        };
        if !["b", "code", "a", "span", "i"].contains(&name.trim_start_matches('/')) {
            text.push('\n');
        }
    }
    text.push_str(rest);
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The first slip of English or of arithmetic in a line.
pub fn slip(line: &str) -> Option<&'static str> {
    let words: Vec<&str> =
        line.split_whitespace().map(|word| word.trim_matches(['(', ')', ',', ';', ':', '“', '”'])).collect();
    let verbs = ["was", "is", "has", "as", "s"];
    let plural =
        |word: &str| word.len() > 1 && word.ends_with('s') && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let has = |parts: &[&str]| parts.iter().any(|part| line.contains(part));
    let pairs = || words.windows(2).map(|pair| (pair[0], pair[1]));
    if pairs().any(|(one, noun)| one == "1" && plural(noun) && !verbs.contains(&noun)) {
        return Some("a plural of one");
    }
    if pairs().any(|(number, verb)| number == "1" && verb == "were") {
        return Some("one that were");
    }
    if words.iter().any(|word| ["NaN", "inf", "-inf", "undefined", "null", "-0", "-0.00"].contains(word)) {
        return Some("no number");
    }
    if has(&[" .", " ,", " ;", " :", "..", ",,", ".,", ";.", "( ", " )", ". ."]) && !has(&["..."]) {
        return Some("punctuation");
    }
    if pairs().any(|(one, other)| one == other && one.bytes().all(|byte| byte.is_ascii_alphabetic()) && one.len() > 1) {
        return Some("a word twice");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_noticed() {
        for (line, slip_) in [
            ("1 messages a second", Some("a plural of one")),
            ("at most 1 were waiting", Some("one that were")),
            ("a share of NaN %", Some("no number")),
            ("it is so .", Some("punctuation")),
            ("the the end", Some("a word twice")),
            ("1 message was waiting; at 1 tick a second, 1 was left, and 0.1 s passed", None),
        ] {
            assert_eq!(slip(line), slip_, "{line}");
        }
    }
}
