/** Words for generated texts. Kinds that ask for names take them from lists that the filler does not use. */

const split = (words: string): readonly string[] => words.trim().split(/\s+/);

export const PEOPLE =
	split(`Ada Anton Bela Bruno Carla Cyril Daria Denis Edda Emil Fenja Filip Gerda Gustav Hedda Henrik
	Ilka Igor Jana Jonas Kalle Karin Lena Ludwig Mara Matti Nele Nils Odile Oskar Paula Pavel Quirin Renata Rolf Selma
	Stefan Tamara Theo Ulla Urban Vera Viktor Wanda Wilko Xenia Yves Zora`);
export const SURNAMES = split(`Abel Brandt Corvin Dahl Ekman Farrow Gruber Halloran Ivarsson Jansky Keller Lindqvist
	Marsh Novak Olsen Petri Quist Rasmus Sandoval Thorne Ulrich Vance Wikstrom Yardley Zeller`);
/** Surnames of the people in facts; nobody in the filler has one. */
export const FACT_SURNAMES =
	split(`Ackerby Bellamy Crowther Drummond Eddowes Fenwick Garrick Hollis Ingram Jessop Kirkwood
	Loveday Merrick Nettleton Osgood Pemberton Quill Rackham Stanhope Tolliver Underhill Wetherby`);
export const TOWNS = split(`Aldmouth Birkholm Carrick Dunmere Eastvale Falkirk Glenhaven Hartlow Inverby Jorvik Kelham
	Langford Moorside Northam Oakley Penrith Quayside Redcliff Stanmore Thornby`);
export const THINGS = split(`barrels bricks cables candles chairs coils crates drums engines filters hinges jars kettles
	ladders lamps maps nets pipes planks pumps ropes sacks sails seeds shovels stoves tiles tools valves wheels`);
export const WEEKDAYS = split('Monday Tuesday Wednesday Thursday Friday Saturday Sunday');

/** Names of what questions ask about; the filler never uses them. */
export const STATIONS =
	split(`Arcturus Bellwether Cinder Driftwood Ember Foxglove Gannet Hemlock Ironwood Juniper Kestrel
	Lantern Merlin Nettle Osprey Puffin Quartz Rowan Sorrel Tamarisk Umber Vesper Willow Yarrow Zephyr`);
export const SHIPS =
	split(`Aurora Bonaventure Calypso Dorothea Endeavour Fortuna Galatea Halcyon Isolde Jupiter Kittiwake
	Leander Marigold Nautilus Ondine Perseus Resolute Seraph Tempest Undine Valiant Wanderer`);
export const PARTS: readonly (readonly [part: string, text: string, question: string])[] = [
	['winch', 'got the winch of the SHIP turning again', 'repaired the winch of the SHIP'],
	['compass', 'set the compass of the SHIP right', 'corrected the compass of the SHIP'],
	['mast', 'put a new mast into the SHIP', 'replaced the mast of the SHIP'],
	['cargo', 'signed for the cargo of the SHIP', 'took delivery of what the SHIP carried'],
	['sails', 'sewed up the sails of the SHIP', 'mended the sails of the SHIP'],
	['rudder', 'freed the rudder of the SHIP from ropes', 'cleared the rudder of the SHIP'],
];
export const COLOURS = split(`amber ash azure bronze cobalt copper coral crimson ebony emerald flint golden indigo ivory
	jade lilac maroon ochre olive onyx pearl ruby russet saffron scarlet silver teal umber violet`);
export const ANIMALS = split(`badger bison crane dolphin falcon ferret gecko heron ibex jackal kestrel lemur lynx magpie
	marten newt otter panther plover quail raven salmon stoat swift tapir urchin vole walrus wombat zebra`);
