/** A letter or mark of Unicode, then the ASCII one that it is drawn like. */
const PAIRS = [
  // Cyrillic and Greek
  'аaеeоoрpсcуyхxіiѕsјjһhԁdԛqԝwАAВBЕEКKМMНHОOРPСCТTУYХXІIЅSЈJ',
  'αaιiκkνvοoρpυuτtΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX',
  // small capitals and letters without a dot
  'ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzıiɑaɡg',
  // hyphens and dashes, slashes, quotes, signs
  '‐-‑-‒-–-—-―-−-﹘-⁃-∕/⁄/╱/⧸/‘\'’\'‛\'′\'“"”"‟"″"∗*⁎*‚,',
  // what is drawn as nothing
  'ㅤ ᅟ ᅠ ⠀ ',
].join('');

const asciiOf = new Map(PAIRS.match(/../gsu)?.map(([from = '', to = '']) => [from, to]));
const LOOK_ALIKE = new RegExp(`[${[...asciiOf.keys()].join('')}]`, 'gu');
/** More than what is printed of ASCII, and white space. */
const UNUSUAL = /[^\s!-~]/;
/** The colours and moves of a terminal. */
const TERMINAL_CODE = /\p{Cc}\[[0-9;]{0,16}[A-Za-z]/gu;
/** One letter each that would become a sentence. */
const LIGATURE = /[\ufdfa\ufdfb]/g;
const UNSEEN = /(?!\s)\p{Cc}|\p{Cf}|\p{M}/gu;

/**
 * Text as it looks rather than as it is coded: full-width and other compatibility forms, letters of
 * other alphabets that are drawn like Latin ones, accents, and characters that show as nothing.
 */
export function foldLooks(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  return text
    .replace(TERMINAL_CODE, '')
    .replace(LIGATURE, '')
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .replace(LOOK_ALIKE, (letter) => asciiOf.get(letter) ?? letter);
}
