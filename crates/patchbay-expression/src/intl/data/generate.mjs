// Writes the tables of this folder from the CLDR data inside Node.js: `node generate.mjs`.
//
// V8 formats with the same data, so a newer Node.js brings the tables up to date. Patterns are written with
// CLDR's letters (`EEEE, MMMM d, y`); what is not a field is quoted.
import { readdirSync, writeFileSync } from 'node:fs';

const LOCALES = ('en-US en-GB en-AU en-CA en-IE en-IN en-NZ en-ZA bg ca cs da de de-AT de-CH el es es-AR es-MX es-US ' +
  'et fi fr fr-BE fr-CA fr-CH he hr hu id it it-CH ja ko lt lv nb nl nl-BE pl pt pt-PT ro ru sk sl sr sv th tr uk vi ' +
  'zh zh-TW').split(' ');
const UTC = 'UTC';
const SAMPLE = Date.UTC(2026, 2, 4, 5, 6, 7);
const DAY = 86_400_000;
const days = Array.from({ length: 7 }, (_, index) => SAMPLE + (index - 2) * DAY); // Monday first
const months = Array.from({ length: 12 }, (_, index) => Date.UTC(2026, index, 4, 5, 6, 7));
const calendar = (locale) => (locale === 'th' ? 'th-u-ca-gregory' : locale);

const parts = (locale, options, at = SAMPLE) =>
  new Intl.DateTimeFormat(calendar(locale), { timeZone: UTC, ...options }).formatToParts(at);
const part = (locale, type, options, at) => parts(locale, options, at).find((entry) => entry.type === type)?.value ?? '';
const quote = (text) => (/[a-zA-Z']/.test(text) ? `'${text.replaceAll("'", "''")}'` : text);

function names(locale) {
  const list = (type, options, dates) => dates.map((date) => part(locale, type, options, date));
  const widths = ['long', 'short', 'narrow'];
  return {
    months: widths.map((month) => list('month', { month, day: 'numeric' }, months)),
    monthsAlone: widths.map((month) => list('month', { month, year: 'numeric' }, months)),
    weekdays: widths.map((weekday) => list('weekday', { weekday, month: 'long', day: 'numeric' }, days)),
    weekdaysAlone: widths.map((weekday) => list('weekday', { weekday }, days)),
    eras: widths.map((era) => [-62_198_755_200_000, SAMPLE].map((at) => part(locale, 'era', { era, year: 'numeric' }, at))),
    dayPeriods: [5, 17].map((hour) => part(locale, 'dayPeriod', { hour: 'numeric', hour12: true }, Date.UTC(2026, 2, 4, hour))),
  };
}

// The pattern that gave these parts.
function pattern(locale, found, names, at = SAMPLE) {
  const month = new Date(at).getUTCMonth(), weekday = (new Date(at).getUTCDay() + 6) % 7;
  const named = (value, index, letter, alone, lists, listsAlone) => {
    for (const [width, count] of [[0, 4], [1, 3], [2, 5]]) {
      if (lists[width][index] === value) return letter.repeat(count);
      if (listsAlone[width][index] === value) return alone.repeat(count);
    }
    return quote(value); // no list has it: one month's form that only this combination uses
  };
  return found.map(({ type, value }) => {
    switch (type) {
      case 'year': return value.length === 2 ? 'yy' : 'y';
      case 'month': return /^\d+$/.test(value) ? 'M'.repeat(value.length) : named(value, month, 'M', 'L', names.months, names.monthsAlone);
      case 'weekday': return named(value, weekday, 'E', 'c', names.weekdays, names.weekdaysAlone);
      case 'day': return 'd'.repeat(value.length);
      case 'hour': return 'h'.repeat(value.length);
      case 'minute': return 'mm';
      case 'second': return 'ss';
      case 'dayPeriod': return 'a';
      case 'era': return 'G';
      case 'timeZoneName': return 'z';
      default: return quote(value);
    }
  }).join('');
}

// Every combination of date fields; keys are the fields' letters, a doubled letter a longer form.
function datePatterns(locale, names) {
  const found = {};
  for (const [e, weekday] of [['', undefined], ['E', 'short'], ['EEEE', 'long']])
    for (const [y, year] of [['', undefined], ['y', 'numeric']])
      for (const [m, month] of [['', undefined], ['M', 'numeric'], ['MMM', 'short'], ['MMMM', 'long']])
        for (const [d, day] of [['', undefined], ['d', 'numeric']]) {
          if (!(e + y + m + d)) continue;
          found[e + y + m + d] = pattern(locale, parts(locale, { weekday, year, month, day }), names);
        }
  return found;
}

function timePatterns(locale, names) {
  const found = {};
  for (const [letter, hour12] of [['h', true], ['H', false]])
    for (const [rest, fields] of [['', {}], ['m', { minute: 'numeric' }], ['ms', { minute: 'numeric', second: 'numeric' }]])
      for (const [zone, timeZoneName] of [['', undefined], ['z', 'short']])
        found[letter + rest + zone] = pattern(locale, parts(locale, { hour: 'numeric', hour12, ...fields, timeZoneName }), names);
  return found;
}

// What stands between a date and a time, found by taking both away.
function glue(locale, date, time) {
  const text = (options) => new Intl.DateTimeFormat(calendar(locale), { timeZone: UTC, ...options }).format(SAMPLE);
  const whole = text({ ...date, ...time }), day = text(date), clock = text(time);
  if (!whole.includes(day) || !whole.includes(clock)) return null;
  return whole.replace(day, '{1}').replace(clock, '{0}');
}

function styles(locale, names) {
  const styles = ['full', 'long', 'medium', 'short'];
  const time = { hour: 'numeric', minute: 'numeric' };
  return {
    dateStyles: styles.map((dateStyle) => pattern(locale, parts(locale, { dateStyle }), names)),
    timeStyles: styles.map((timeStyle) => pattern(locale, parts(locale, { timeStyle }), names)),
    glueOfStyles: styles.map((dateStyle) => glue(locale, { dateStyle }, { timeStyle: 'short' }) ?? '{1}, {0}'),
    glueOfFields: [
      { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
      { year: 'numeric', month: 'long', day: 'numeric' },
      { year: 'numeric', month: 'short', day: 'numeric' },
      { year: 'numeric', month: 'numeric', day: 'numeric' },
      { weekday: 'long' },
    ].map((date) => glue(locale, date, time) ?? '{1}, {0}'),
  };
}

function numbers(locale) {
  const format = (options, number) => new Intl.NumberFormat(locale, options).formatToParts(number);
  const value = (list, type) => list.find((entry) => entry.type === type)?.value ?? '';
  const template = (list, symbol) => list.map(({ type, value }) =>
    type === symbol ? '¤' : type === 'literal' ? value : type === 'minusSign' ? '-' : type === 'integer' ? '0' : '').join('');
  const large = format({}, 1_234_567.5);
  const integers = large.filter((entry) => entry.type === 'integer').map((entry) => entry.value.length);
  const currencies = {};
  for (const currency of ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'CNY', 'INR', 'KRW', 'BRL', 'CAD', 'AUD', 'MXN', 'NZD', 'SEK', 'NOK',
    'DKK', 'PLN', 'CZK', 'HUF', 'RUB', 'TRY', 'UAH', 'ILS', 'ZAR', 'THB', 'VND', 'PHP', 'HKD', 'SGD', 'TWD', 'IDR', 'RON', 'BGN']) {
    const symbol = value(format({ style: 'currency', currency }, 1), 'currency');
    if (symbol !== currency) currencies[currency] = symbol;
  }
  return {
    decimal: value(large, 'decimal'),
    group: value(large, 'group'),
    groupSizes: [integers.at(-1), integers.at(-2)],
    groupFrom: value(format({}, 1234), 'group') ? 4 : 5,
    minus: value(format({}, -1), 'minusSign'),
    percent: template(format({ style: 'percent' }, 1), 'percentSign'),
    percentSign: value(format({ style: 'percent' }, 1), 'percentSign'),
    currency: template(format({ style: 'currency', currency: 'EUR', maximumFractionDigits: 0, minimumFractionDigits: 0 }, 1), 'currency'),
    currencyNegative: template(format({ style: 'currency', currency: 'EUR', maximumFractionDigits: 0, minimumFractionDigits: 0 }, -1), 'currency'),
    accounting: template(format({ style: 'currency', currencySign: 'accounting', currency: 'EUR', maximumFractionDigits: 0, minimumFractionDigits: 0 }, -1), 'currency'),
    currencies,
  };
}

// Names of time zones. Zones that every locale names alike share one entry.
// The system's tz database adds the names that CLDR knows only as links (`Asia/Kolkata`).
const isZone = (timeZone) => { try { return !!new Intl.DateTimeFormat('en', { timeZone }); } catch { return false; } };
const links = readdirSync('/usr/share/zoneinfo', { recursive: true })
  .filter((name) => /^[A-Z][A-Za-z_]+\/[A-Z]/.test(name) && isZone(name));
const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), ...links])].filter((name) => !/^(Etc|SystemV)\//.test(name)).sort();
const [WINTER, SUMMER] = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];
const isOffset = (text) => /^(GMT|UTC)/.test(text) || /[+\-−]\d/.test(text);
function zoneNames(locale, timeZone) {
  const name = (timeZoneName, at) => part(locale, 'timeZoneName', { timeZone, timeZoneName }, at);
  const january = part('en-US', 'timeZoneName', { timeZone, timeZoneName: 'longOffset' }, WINTER);
  const july = part('en-US', 'timeZoneName', { timeZone, timeZoneName: 'longOffset' }, SUMMER);
  const minutes = (text) => { const found = /([+-])(\d\d):(\d\d)/.exec(text); return found ? (found[1] === '-' ? -1 : 1) * (found[2] * 60 + +found[3]) : 0; };
  const [standard, daylight] = minutes(january) <= minutes(july) ? [WINTER, SUMMER] : [SUMMER, WINTER];
  return [name('short', standard), name('short', daylight), name('long', standard), name('long', daylight)];
}
const table = new Map();
for (const timeZone of zones) {
  const all = LOCALES.map((locale) => zoneNames(locale, timeZone));
  const key = JSON.stringify(all);
  if (!table.has(key)) table.set(key, { zones: [], all });
  table.get(key).zones.push(timeZone);
}
const groups = [...table.values()].filter(({ all }) => all.some((names) => !isOffset(names[2])));
writeFileSync('zones.json', JSON.stringify(groups.map((group) => group.zones)).replaceAll('],[', '],\n[') + '\n');

LOCALES.forEach((locale, place) => {
  const texts = names(locale);
  const week = new Intl.Locale(locale).maximize().getWeekInfo?.() ?? new Intl.Locale(locale).weekInfo;
  const data = {
    ...texts,
    week: [week.firstDay, week.minimalDays, ...week.weekend],
    hourCycle: new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hourCycle,
    dates: datePatterns(locale, texts),
    times: timePatterns(locale, texts),
    ...styles(locale, texts),
    offset: [part(locale, 'timeZoneName', { timeZone: 'Europe/Istanbul', timeZoneName: 'longOffset' }).replace('+03:00', '{0}'),
      part(locale, 'timeZoneName', { timeZone: 'Europe/Istanbul', timeZoneName: 'shortOffset' })],
    utc: ['short', 'long'].map((timeZoneName) => part(locale, 'timeZoneName', { timeZoneName })),
    numbers: numbers(locale),
    zones: Object.fromEntries(groups.map((group, index) => [index, group.all[place].map((name) => (isOffset(name) ? '' : name))])
      .filter(([, found]) => found.some(Boolean))),
  };
  writeFileSync(`${locale}.json`, JSON.stringify(data, null, 0).replace(/("[a-zA-Z]+":[\[{])/g, '\n$1') + '\n');
});
