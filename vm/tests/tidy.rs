//! The house is tidy: links between pages lead somewhere, no source file is too long, and what the README says to run is
//! there.

use std::path::{Path, PathBuf};

/// Longest source file, in lines.
const LINES_MAX: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .to_owned()
}

/// All files with an extension, but for what is built.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder can be read").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// Targets of `[text](target)`, outside of fenced blocks, with their lines.
fn links(page: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (number, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            if let Some((target, _)) = line[at + 2..].split_once(')') {
                links.push((number + 1, target.to_owned()));
            }
        }
    }
    links
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        ' ' | '-' => Some('-'),
        c if c.is_alphanumeric() || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    let pages = files("md");
    assert!(pages.len() >= 6, "the pages are found");
    for page in pages {
        for (line, target) in links(&read(&page)) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => page.clone(),
                _ => page.parent().expect("a file has a folder").join(file),
            };
            let exists = path.exists();
            let has_heading = heading.is_empty()
                || exists
                    && read(&path)
                        .lines()
                        .filter_map(|line| line.strip_prefix('#'))
                        .any(|line| anchor(line.trim_start_matches('#')) == heading);
            if !exists || !has_heading {
                dead.push(format!("{}:{line}: {target}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "links to nothing:\n{}", dead.join("\n"));
}

#[test]
fn source_files_are_short() {
    let sources = files("rs");
    assert!(sources.len() >= 100, "the sources are found");
    let long: Vec<String> = sources
        .iter()
        .map(|path| (path, read(path).lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "longer than {LINES_MAX} lines:\n{}", long.join("\n"));
}

/// The commands in the `sh` blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside && !line.trim().is_empty() {
            commands.push(line.trim().to_owned());
        }
    }
    commands
}

#[test]
fn commands_of_the_readme_exist() {
    let root = root();
    let page = read(&root.join("README.md"));
    let commands = commands(&page);
    assert!(commands.len() >= 4, "the commands are found");
    let (mut runs, mut tests) = (0, 0);
    for command in &commands {
        let words: Vec<&str> = command.split_whitespace().filter(|word| *word != "time").collect();
        // files of the repository that are mentioned are there
        for word in words.iter().filter(|word| word.starts_with("examples/")) {
            assert!(root.join(word).is_file(), "{command}: there is no {word}");
        }
        match words[..] {
            ["cargo", "run", "--release", "-p", package, "--", "run", _] => {
                runs += 1;
                assert!(has_package(&root, package), "{command}: there is no package {package}");
            }
            ["cargo", "test", "--workspace"] => tests += 1,
            ["cargo", "build", "--release"] => {}
            ["target/release/hydra-vm", "run", ..] => check_flags(command, &words[2..]),
            _ => panic!("{command}: this test does not know it"),
        }
    }
    assert_eq!((runs, tests), (1, 1), "one command that runs a program, one that tests");
    let test_command = page.split_once("<!-- test command -->\n```sh\n").map(|(_, rest)| rest);
    assert!(
        test_command.is_some_and(|rest| rest.starts_with("cargo test --workspace\n```")),
        "the gate takes the test command from below its mark"
    );
}

/// Flags of `hydra-vm run` are those of its help.
fn check_flags(command: &str, words: &[&str]) {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_hydra-vm"))
        .args(["run", "--help"])
        .output()
        .expect("hydra-vm can be run");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(&format!("{flag} ")), "{command}: there is no {flag}");
    }
}

fn has_package(root: &Path, package: &str) -> bool {
    let name = format!("name = \"{package}\"\n");
    ["compiler", "vm", "vm/bytecode", "stdlib"]
        .iter()
        .any(|folder| read(&root.join(folder).join("Cargo.toml")).contains(&name))
}
