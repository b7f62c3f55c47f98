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

const parts = (locale, options, at = SAMPLE) =>
  new Intl.DateTimeFormat(locale, { timeZone: UTC, ...options }).formatToParts(at);
const part = (locale, type, options, at) => parts(locale, options, at).find((entry) => entry.type === type)?.value ?? '';
const quote = (text) => (/[a-zA-Z']/.test(text) ? `'${text.replaceAll("'", "''")}'` : text);

function names(locale) {
  const list = (type, options, dates) => dates.map((date) => part(locale, type, options, date));
  const widths = ['long', 'short', 'narrow'];
  return {
    months: widths.map((month) => list('month', { month, day: 'numeric' }, months)),
    monthsAlone: widths.map((month) => list('month', { month }, months)),
    monthsWithYear: widths.map((month) => list('month', { month, year: 'numeric' }, months)),
    weekdays: widths.map((weekday) => list('weekday', { weekday, month: 'long', day: 'numeric' }, days)),
    weekdaysWithYear: widths.map((weekday) => list('weekday', { weekday, year: 'numeric', month: 'long', day: 'numeric' }, days)),
    weekdaysAlone: widths.map((weekday) => list('weekday', { weekday }, days)),
    eras: widths.map((era) => [-62_198_755_200_000, SAMPLE].map((at) => part(locale, 'era', { era, year: 'numeric' }, at))),
    dayPeriods: [5, 17].map((hour) => part(locale, 'dayPeriod', { hour: 'numeric', hour12: true }, Date.UTC(2026, 2, 4, hour))),
  };
}

// A date on which no two names are the same, as far as the locale allows: each name tells where it came from.
function sampleOf({ months, monthsAlone, monthsWithYear }) {
  const distinct = (month) => new Set([months, monthsAlone, monthsWithYear].flatMap((lists) => lists.map((list) => list[month]))).size;
  const month = [...Array(9).keys()].reduce((best, month) => (distinct(month) > distinct(best) ? month : best), 2);
  return Date.UTC(2026, month, 4, 5, 6, 7);
}

// The pattern that writes these options.
function pattern(locale, options, names) {
  const at = sampleOf(names);
  const month = new Date(at).getUTCMonth(), weekday = (new Date(at).getUTCDay() + 6) % 7;
  const named = (value, index, lists) => {
    for (const [letter, list] of lists)
      for (const [width, count] of [[0, 4], [1, 3], [2, 5]])
        if (list[width][index] === value) return letter.repeat(count);
    return quote(value); // no list has it: a form that only this combination uses
  };
  const letters = parts(locale, options, at).map(({ type, value }) => {
    switch (type) {
      case 'year': return value.length === 2 ? 'yy' : 'y';
      case 'month': return /^\d+$/.test(value) ? 'M'.repeat(value.length)
        : named(value, month, [['M', names.months], ['L', names.monthsAlone], ['l', names.monthsWithYear]]);
      case 'weekday': return named(value, weekday, [['E', names.weekdays], ['c', names.weekdaysAlone], ['e', names.weekdaysWithYear]]);
      case 'day': return 'd'.repeat(value.length);
      case 'hour': return 'h'.repeat(value.length);
      case 'minute': return 'm'.repeat(value.length);
      case 'second': return 's'.repeat(value.length);
      case 'dayPeriod': return 'a';
      case 'era': return 'G';
      case 'timeZoneName': return 'z';
      default: return quote(value);
    }
  });
  return letters.join('');
}

// Every combination of date fields; keys are the fields' letters, a doubled letter a longer form.
function datePatterns(locale, names) {
  const found = {};
  for (const [e, weekday] of [['', undefined], ['E', 'short'], ['EEEE', 'long']])
    for (const [y, year] of [['', undefined], ['y', 'numeric']])
      for (const [m, month] of [['', undefined], ['M', 'numeric'], ['MMM', 'short'], ['MMMM', 'long']])
        for (const [d, day] of [['', undefined], ['d', 'numeric']])
          if (e + y + m + d) found[e + y + m + d] = pattern(locale, { weekday, year, month, day }, names);
  return found;
}

// Every combination of time fields; `mm` is a minute that was asked for with two digits.
function timePatterns(locale, names) {
  const found = { ms: pattern(locale, { minute: '2-digit', second: '2-digit' }, names) };
  const styles = [[1, 'numeric'], [2, '2-digit']];
  for (const [letter, hour12] of [['h', true], ['H', false]])
    for (const [hours, hour] of styles)
      for (const [minutes, minute] of [[0, undefined], ...styles])
        for (const [seconds, second] of minutes ? [[0, undefined], ...styles] : [[0, undefined]])
          for (const [zone, timeZoneName] of [['', undefined], ['z', 'short']]) {
            const key = letter.repeat(hours) + 'm'.repeat(minutes) + 's'.repeat(seconds) + zone;
            found[key] = pattern(locale, { hour, hour12, minute, second, timeZoneName }, names);
          }
  return found;
}

// What stands between a date and a time, found by taking both away.
function glue(locale, date, time) {
  const text = (options) => new Intl.DateTimeFormat(locale, { timeZone: UTC, ...options }).format(SAMPLE);
  const whole = text({ ...date, ...time }), day = text(date), clock = text(time);
  if (!whole.includes(day) || !whole.includes(clock)) return null;
  return whole.replace(day, '{1}').replace(clock, '{0}');
}

function styles(locale, names) {
  const styles = ['full', 'long', 'medium', 'short'];
  const time = { hour: 'numeric', minute: 'numeric' };
  return {
    dateStyles: styles.map((dateStyle) => pattern(locale, { dateStyle }, names)),
    timeStyles: styles.map((timeStyle) => pattern(locale, { timeStyle }, names)),
    glueOfStyles: styles.map((dateStyle) => glue(locale, { dateStyle }, { timeStyle: 'short' }) ?? '{1}, {0}'),
    glueOfFields: [
      { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
      { year: 'numeric', month: 'long', day: 'numeric' },
      { year: 'numeric', month: 'short', day: 'numeric' },
      { year: 'numeric', month: 'numeric', day: 'numeric' },
      { weekday: 'long' },
    ].map((date) => glue(locale, date, time) ?? '{1}, {0}'),
    glueOfZone: pattern(locale, { year: 'numeric', month: 'numeric', day: 'numeric', timeZoneName: 'short' }, names)
      .replace(pattern(locale, { year: 'numeric', month: 'numeric', day: 'numeric' }, names), '{1}').replace(/z/, '{0}'),
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
    currencyGroup: value(format({ style: 'currency', currency: 'EUR' }, 1_234_567), 'group'),
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

// Offsets from GMT: the forms of +5:30 and -3:30, short and long, with the digits taken out; and no offset.
function offsets(locale) {
  const winter = Date.UTC(2026, 0, 15);
  const form = (timeZone, timeZoneName) => part(locale, 'timeZoneName', { timeZone, timeZoneName }, winter).replace(/\d+.\d+/, '{0}');
  const short = part(locale, 'timeZoneName', { timeZone: 'Asia/Kolkata', timeZoneName: 'shortOffset' }, winter);
  return [form('Asia/Kolkata', 'shortOffset'), form('America/St_Johns', 'shortOffset'), form('Asia/Kolkata', 'longOffset'),
    form('America/St_Johns', 'longOffset'), /\d(\D)\d/.exec(short)[1], part(locale, 'timeZoneName', { timeZone: 'Africa/Abidjan', timeZoneName: 'shortOffset' }, winter)];
}

// Amounts of time. `plurals` tells the form of each number up to 199, after which it repeats each hundred, and of 1.5,
// a million, 0.5 and 2.5; `ordinals` that of each place up to 199.
const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'];
const SMALL = [...Array(200).keys()];
const NUMBERS = [...SMALL, 1.5, 1_000_000, 0.5, 2.5];
function amounts(locale) {
  const rules = new Intl.PluralRules(locale);
  const places = new Intl.PluralRules(locale, { type: 'ordinal' });
  const categories = [...new Set(NUMBERS.map((number) => rules.select(number)))];
  const placeCategories = [...new Set(SMALL.map((number) => places.select(number)))];
  const sample = categories.map((category) => [2, 1, 3, ...NUMBERS].find((number) => rules.select(number) === category));
  const without = (text, number) => text.replace(new Intl.NumberFormat(locale).format(number), '{0}');
  const styles = ['long', 'short', 'narrow'];
  const relative = (style, unit, sign) => sample.map((number) =>
    without(new Intl.RelativeTimeFormat(locale, { style }).format(sign * number, unit), number));
  const named = (unitDisplay, unit) => sample.map((number) =>
    without(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay }).format(number), number));
  const list = (type, style) => {
    const format = new Intl.ListFormat(locale, { type, style });
    const between = (parts) => parts.filter((part) => part.type === 'literal').map((part) => part.value);
    const [pair = ''] = between(format.formatToParts(['A', 'B']));
    const [middle = '', last = ''] = between(format.formatToParts(['A', 'B', 'C']));
    return [pair, middle, last];
  };
  const digits = (numbers, kind, names) => numbers.map((number) => names.indexOf(kind.select(number))).join('');
  return {
    plurals: digits(NUMBERS, rules, categories),
    pluralNames: categories,
    ordinals: digits(SMALL, places, placeCategories),
    ordinalNames: placeCategories,
    relative: styles.map((style) => UNITS.slice(0, 8).map((unit) => [relative(style, unit, -1), relative(style, unit, 1)])),
    words: styles.map((style) => UNITS.slice(0, 8).map((unit) => [-2, -1, 0, 1, 2].map((number) => {
      const text = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style }).format(number, unit);
      return /\d/.test(text) ? '' : text;
    }))),
    units: styles.map((display) => UNITS.map((unit) => (unit === 'quarter' ? [] : named(display, unit)))),
    lists: ['conjunction', 'disjunction', 'unit'].map((type) => styles.map((style) => list(type, style))),
  };
}

// Names of time zones. Zones that every locale names alike share one entry.
// The system's tz database adds the names that CLDR knows only as links (`Asia/Kolkata`).
const isZone = (timeZone) => { try { return !!new Intl.DateTimeFormat('en', { timeZone }); } catch { return false; } };
const links = readdirSync('/usr/share/zoneinfo', { recursive: true })
  .filter((name) => /^[A-Z][A-Za-z_]+\/[A-Z]/.test(name) && isZone(name));
const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), ...links])].filter((name) => !/^(Etc|SystemV)\//.test(name)).sort();
const [WINTER, SUMMER] = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];
const isOffset = (text) => /\d/.test(text);
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
    // Years of the locale's calendar before those of the Gregorian one.
    yearsBefore: Number(part(locale, 'year', { year: 'numeric' })) - 2026,
    week: [week.firstDay, week.minimalDays, ...week.weekend],
    hourCycle: new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hourCycle,
    dates: datePatterns(locale, texts),
    times: timePatterns(locale, texts),
    ...styles(locale, texts),
    offsets: offsets(locale),
    ...amounts(locale),
    utc: ['short', 'long'].map((timeZoneName) => part(locale, 'timeZoneName', { timeZoneName })),
    numbers: numbers(locale),
    zones: Object.fromEntries(groups.map((group, index) => [index, group.all[place].map((name) => (isOffset(name) ? '' : name))])
      .filter(([, found]) => found.some(Boolean))),
  };
  writeFileSync(`${locale}.json`, JSON.stringify(data, null, 0).replace(/("[a-zA-Z]+":[\[{])/g, '\n$1') + '\n');
});
