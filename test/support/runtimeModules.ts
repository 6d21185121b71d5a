/**
 * Python that binds `runtime`: the globals of all modules of our Python runtime, as code of a cell can reach them, by
 * its frames and by the functions in them. To set a name sets it in each module that has it, or in all.
 */
export const RUNTIME = `
import sys, types
class Runtime:
    def __init__(self):
        self.modules, found, frame = [], [], sys._getframe()
        while frame:
            found.append(frame.f_globals)
            frame = frame.f_back
        while found:
            module = found.pop()
            if module.get('__name__') == '_rlm' and not any(known is module for known in self.modules):
                self.modules.append(module)
                found += [value.__globals__ for value in list(module.values()) if type(value) is types.FunctionType]
    def __getitem__(self, name):
        return next(module[name] for module in self.modules if name in module)
    def __setitem__(self, name, value):
        having = [module for module in self.modules if name in module]
        for module in having or self.modules: module[name] = value
    def __iter__(self):
        return iter(sorted({name for module in self.modules for name in module}))
    def get(self, name):
        return next((module[name] for module in self.modules if name in module), None)
runtime = Runtime()
`.trim();
