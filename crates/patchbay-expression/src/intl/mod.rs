//! `Intl` and the `toLocaleString` family: numbers and dates as the common locales write them.
