/**
 * The import firewall's policy for `pyodide.asm.wasm`. The module imports some 270 functions. Compiled Python can call
 * only those named here; every other one is a stub that ends the sandbox.
 */

/** Kept unchanged from the glue: the in-memory file system, clocks, the C library's time zone, heap growth, exit. */
export const KEPT_IMPORTS: readonly string[] = [
	// Interpreter: program exit, call trampolines, identity of the runtime.
	'__assert_fail',
	'_abort_js',
	'exit',
	'proc_exit',
	'emscripten_runtime_keepalive_push',
	'emscripten_runtime_keepalive_pop',
	'_emscripten_runtime_keepalive_clear',
	'_emscripten_get_progname',
	'_Py_emscripten_runtime',
	'_Py_CheckEmscriptenSignals_Helper',
	'_PyEM_TrampolineCall_JS',
	'__hiwire_deduplicate_new',
	// Memory.
	'emscripten_resize_heap',
	'emscripten_get_heap_max',
	'_mmap_js',
	'_munmap_js',
	'_msync_js',
	// Clocks and calendar.
	'emscripten_date_now',
	'emscripten_get_now',
	'clock_res_get',
	'clock_time_get',
	'_tzset_js',
	'_timegm_js',
	'_mktime_js',
	'_localtime_js',
	'_gmtime_js',
	// Environment and randomness.
	'environ_get',
	'environ_sizes_get',
	'random_get',
	'__syscall_getuid32_js',
	'__syscall_umask_js',
	// Files, all of them in memory.
	'fd_close',
	'fd_fdstat_get',
	'fd_pread',
	'fd_pwrite',
	'fd_read',
	'fd_seek',
	'fd_sync',
	'fd_write',
	'__syscall_chdir',
	'__syscall_chmod',
	'__syscall_dup',
	'__syscall_dup3',
	'__syscall_faccessat',
	'__syscall_fadvise64',
	'__syscall_fallocate',
	'__syscall_fchdir',
	'__syscall_fchmod',
	'__syscall_fchmodat2',
	'__syscall_fchown32',
	'__syscall_fchownat',
	'__syscall_fcntl64',
	'__syscall_fdatasync',
	'__syscall_fstat64',
	'__syscall_fstatfs64',
	'__syscall_ftruncate64',
	'__syscall_getcwd',
	'__syscall_getdents64',
	'__syscall_ioctl',
	'__syscall_lstat64',
	'__syscall_mkdirat',
	'__syscall_mknodat',
	'__syscall_newfstatat',
	'__syscall_openat',
	'__syscall_poll',
	'__syscall_readlinkat',
	'__syscall_renameat',
	'__syscall_rmdir',
	'__syscall_stat64',
	'__syscall_statfs64',
	'__syscall_symlinkat',
	'__syscall_truncate64',
	'__syscall_unlinkat',
	'__syscall_utimensat',
	// Both bracket the start of Python; the trimmed glue leaves them empty.
	'capture_stderr',
	'restore_stderr',
];

const NO_SYSTEM_CALL = -52;
const NO_ADDRESS_FAMILY = -5;
const NAME_UNKNOWN = -2;

/**
 * Return a constant instead of ending the sandbox, because ordinary library code probes for them: `socket.socket()`,
 * `os.pipe()` and `os.system()` raise an OSError or return an exit code.
 */
export const REFUSED_IMPORTS: ReadonlyMap<string, number | null> = new Map([
	['__syscall_socket', NO_ADDRESS_FAMILY],
	['__syscall_pipe', NO_SYSTEM_CALL],
	['_emscripten_system', NO_SYSTEM_CALL],
	['_setitimer_js', 0],
	['_try_fcntl64', 0],
	['_try_shutdown', 0],
	// "No promise": the call continues without waiting.
	['_maybe_connect_async', null],
	['_maybe_poll_async', null],
	['_maybe_recvfrom_async', null],
	['_maybe_sendto_async', null],
	['getaddrinfo', NAME_UNKNOWN],
	['getnameinfo', NAME_UNKNOWN],
	['getprotobyname', 0],
]);
