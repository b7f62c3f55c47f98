//! Bodies that are no text: each becomes a file beside the file of its case, which names it with its digest.

use std::path::PathBuf;

use bytes::Bytes;
use patchbay_model::Object;

use crate::case::exchange::Answer;
use crate::case::expect::digest;
use crate::collect::Job;

/// A file in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub path: PathBuf,
    pub bytes: Bytes,
}

/// The files of one case.
#[derive(Debug, Default)]
pub struct Attachments {
    folder: PathBuf,
    /// What their names begin with: those of the file and of the case.
    stem: String,
    pub files: Vec<Attachment>,
}

impl Attachments {
    pub fn of(job: &Job) -> Self {
        let file = job.file.path.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            folder: job.file.path.parent().map(PathBuf::from).unwrap_or_default(),
            stem: format!("{}-{}", crate::generate::stem(&file), crate::generate::stem(job.name())),
            files: Vec::new(),
        }
    }

    /// Keeps bytes; sets `file` and `sha256` of the table that is to name them.
    pub fn keep(&mut self, bytes: &Bytes, extension: &str, table: &mut Object) {
        let name = format!("{}-{}.{extension}", self.stem, self.files.len() + 1);
        self.files.push(Attachment {
            path: self.folder.join(&name),
            bytes: bytes.clone(),
        });
        table.insert("file", name);
        table.insert("sha256", digest(bytes));
    }
}

/// `wav` for an answer whose file is called `7.wav`, else the last part of its content type where that is plain.
pub fn extension(answer: &Answer) -> String {
    let header = |wanted: &str| {
        let mut headers = answer.headers.iter();
        headers
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let plain = |text: &str| {
        let is_plain = (1..=5).contains(&text.len()) && text.chars().all(|letter| letter.is_ascii_alphanumeric());
        is_plain.then(|| text.to_ascii_lowercase())
    };
    let of_name = header("content-disposition").and_then(|text| text.rsplit_once('.'));
    let of_name = of_name.and_then(|(_, rest)| plain(rest.trim_end_matches('"')));
    let of_type = || plain(header("content-type")?.split(';').next()?.rsplit(['/', '-']).next()?);
    of_name.or_else(of_type).unwrap_or_else(|| "bin".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_what_they_are() {
        for (headers, wanted) in [
            (&[("content-disposition", "attachment; filename=\"7.WAV\"")][..], "wav"),
            (&[("content-type", "audio/mpeg; a=b")], "mpeg"),
            (&[("content-type", "audio/x-wav")], "wav"),
            (&[("content-type", "application/octet-stream")], "bin"),
            (&[], "bin"),
        ] {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let answer = Answer {
                headers: headers.collect(),
                ..Answer::default()
            };
            assert_eq!(extension(&answer), wanted, "{answer:?}");
        }
    }
}
