/** The public `nas` in Node: all of it, with dictionaries and searches on disk. */
export { readDictionary, writeDictionary } from './dictionary.node';
export * from './public';
export { loadSearch, type SearchFileState, saveSearch } from './search-state.node';
export { importNasBench201, readTable, writeTable } from './table/file.node';
