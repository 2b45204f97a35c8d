import { argv, exit } from 'node:process';
import { Application, TSConfigReader, TypeDocReader } from 'typedoc';
import { showOpsAsFunctions } from './ops-as-functions.mjs';
import { undocumented } from './undocumented.mjs';
import { withoutExample } from './without-example.mjs';

/** Makes the API reference as typedoc.json says. With --check it is only looked through for what is missing. */
const app = await Application.bootstrapWithPlugins({}, [new TypeDocReader(), new TSConfigReader()]);
const nameless = showOpsAsFunctions(app);
const project = await app.convert();
if (!project) exit(1);
app.validate(project);
const see = "see 'Docstrings' in CONTRIBUTING.md";
for (const name of undocumented(project)) app.logger.error(`${name} has no docstring; ${see}`);
for (const name of withoutExample(project)) app.logger.error(`${name} has no example; ${see}`);
for (const op of nameless) app.logger.error(`the arguments of ${op} have no names; ${see}`);
if (app.logger.hasErrors() || app.logger.hasWarnings()) exit(1);
if (!argv.includes('--check')) await app.generateOutputs(project);
