/**
 * Light stemmers for Czech and Polish, for which the stemmer package has none: the longest ending of a noun, an
 * adjective or a common verb form goes, as long as enough of the word stays. Compiled from grammars' tables of endings.
 */

const stemLettersMin = 3;

const czechEndings =
  'atech,ětem,atům,ých,ého,ému,ími,ými,ách,ata,aty,ami,ové,ovi,ech,ich,ích,ího,ímu,iho,imu,emi,ěmi,ové,ovi,iště,ím,ým,em,ům,mi,am,ám,es,ou,us,at,y,a,e,i,o,u,á,é,í,ý,ě,ů';
const polishEndings =
  'owania,owaniu,owanie,owego,owych,owymi,ościami,ościach,ości,ość,iego,iemu,iach,iami,owie,ując,ach,ami,ego,emu,ych,ich,ymi,imi,owi,iej,ej,ie,ia,iu,om,em,ów,ym,im,ą,ę,a,e,i,o,u,y';

const longestFirst = (endings: string): readonly string[] =>
  endings.split(',').toSorted((one, other) => other.length - one.length);

function stemmerOf(endings: readonly string[]): (word: string) => string {
  return (word) => {
    const ending = endings.find((end) => word.length - end.length >= stemLettersMin && word.endsWith(end));
    return ending === undefined ? word : word.slice(0, -ending.length);
  };
}

export const stemCzech = stemmerOf(longestFirst(czechEndings));
export const stemPolish = stemmerOf(longestFirst(polishEndings));
