//! Sections of the performance page that are written by a command.

use std::path::Path;

/// Puts a text between the markers `<!-- measured: NAME -->` and `<!-- end: NAME -->` of a page.
pub fn write(page: &Path, name: &str, text: &str) -> Result<(), String> {
    let told = |problem: std::io::Error| format!("{}: {problem}", page.display());
    let old = std::fs::read_to_string(page).map_err(told)?;
    let new =
        replace(&old, name, text).ok_or_else(|| format!("{}: the markers of `{name}` are missing", page.display()))?;
    std::fs::write(page, new).map_err(told)
}

fn replace(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- measured: {name} -->"), format!("<!-- end: {name} -->"));
    let (head, rest) = page.split_once(&begin)?;
    let (_, tail) = rest.split_once(&end)?;
    Some(format!("{head}{begin}\n\n{}\n\n{end}{tail}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn a_section_is_replaced_and_nothing_else() {
        let page = "a\n<!-- measured: x -->\nold\n<!-- end: x -->\nb\n";
        let written = replace(page, "x", "new\n").expect("the markers are there");
        assert_eq!(written, "a\n<!-- measured: x -->\n\nnew\n\n<!-- end: x -->\nb\n");
        assert_eq!(replace(&written, "x", "new"), Some(written.clone()));
        assert_eq!(replace(page, "y", "new"), None);
    }
}
