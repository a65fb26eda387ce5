/** An element of XML that holds a word. */
const ELEMENT = /<(\w{1,32})(?:\s[^<>]{0,200})?>([^<>\s]*)<\/\w{1,32}>\s*/g;
/** Items of a YAML list, of a word each. */
const LIST = /(?:(?:^|\n)[ \t]*-[ \t]+\S+[ \t\r]*(?=\n|$)){2,}/g;
const ITEM = /\n?[ \t]*-[ \t]+(\S+)[ \t\r]*/g;

/**
 * A text with what XML and YAML keep on its own in one line: `<arg>rm</arg><arg>-r</arg>`, and a
 * list of `rm` and `-r`. Nothing when there is no such.
 */
export function withoutMarkup(text: string): readonly string[] {
  const bare = text.replace(ELEMENT, ' $2 ').replace(LIST, (list) => list.replace(ITEM, ' $1'));
  return bare === text ? [] : [bare];
}
