// What intercepting ES modules costs before anything is done with them: a hook that does nothing, in Node's thread for loaders
// where there is no synchronous one (before Node 22.15).
import module from 'node:module';

if (typeof module.registerHooks === 'function') {
  module.registerHooks({ load: (url, context, nextLoad) => nextLoad(url, context) });
} else {
  module.register(
    `data:text/javascript,${encodeURIComponent('export const load = (url, context, next) => next(url, context);')}`,
  );
}
