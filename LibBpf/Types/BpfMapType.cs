namespace LibBpf;

/// <summary>These are the kinds of maps that the kernel knows (<c>enum bpf_map_type</c> of linux/bpf.h). Newer ones can be cast from their number.</summary>
public enum BpfMapType
{
    /// <summary>The type was not specified.</summary>
    BPF_MAP_TYPE_UNSPEC = 0,

    /// <summary>The map is a hash table.</summary>
    BPF_MAP_TYPE_HASH = 1,

    /// <summary>The map is an array.</summary>
    BPF_MAP_TYPE_ARRAY = 2,

    /// <summary>The map is an array of programs for tail calls.</summary>
    BPF_MAP_TYPE_PROG_ARRAY = 3,

    /// <summary>The map is an array of perf event buffers.</summary>
    BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,

    /// <summary>The map is a hash table with one copy of each value for every CPU.</summary>
    BPF_MAP_TYPE_PERCPU_HASH = 5,

    /// <summary>The map is an array with one copy of each value for every CPU.</summary>
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,

    /// <summary>The map holds stack traces.</summary>
    BPF_MAP_TYPE_STACK_TRACE = 7,

    /// <summary>The map is an array of cgroups.</summary>
    BPF_MAP_TYPE_CGROUP_ARRAY = 8,

    /// <summary>The map is a hash table that forgets what was used least recently.</summary>
    BPF_MAP_TYPE_LRU_HASH = 9,

    /// <summary>The map is such a hash table with one copy of each value for every CPU.</summary>
    BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,

    /// <summary>The map finds the longest matching prefix.</summary>
    BPF_MAP_TYPE_LPM_TRIE = 11,

    /// <summary>The map is an array of maps.</summary>
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,

    /// <summary>The map is a hash table of maps.</summary>
    BPF_MAP_TYPE_HASH_OF_MAPS = 13,

    /// <summary>The map is an array of network devices to redirect to.</summary>
    BPF_MAP_TYPE_DEVMAP = 14,

    /// <summary>The map is an array of sockets.</summary>
    BPF_MAP_TYPE_SOCKMAP = 15,

    /// <summary>The map is an array of CPUs to redirect to.</summary>
    BPF_MAP_TYPE_CPUMAP = 16,

    /// <summary>The map is an array of AF_XDP sockets.</summary>
    BPF_MAP_TYPE_XSKMAP = 17,

    /// <summary>The map is a hash table of sockets.</summary>
    BPF_MAP_TYPE_SOCKHASH = 18,

    /// <summary>The map is the storage of one program in one cgroup.</summary>
    BPF_MAP_TYPE_CGROUP_STORAGE = 19,

    /// <summary>The map is an array of the sockets of a SO_REUSEPORT group.</summary>
    BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,

    /// <summary>The map is cgroup storage with one copy for every CPU.</summary>
    BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,

    /// <summary>The map is a first-in first-out queue.</summary>
    BPF_MAP_TYPE_QUEUE = 22,

    /// <summary>The map is a last-in first-out stack.</summary>
    BPF_MAP_TYPE_STACK = 23,

    /// <summary>The map keeps a value with each socket.</summary>
    BPF_MAP_TYPE_SK_STORAGE = 24,

    /// <summary>The map is a hash table of network devices to redirect to.</summary>
    BPF_MAP_TYPE_DEVMAP_HASH = 25,

    /// <summary>The map is a kernel structure that programs implement.</summary>
    BPF_MAP_TYPE_STRUCT_OPS = 26,

    /// <summary>The map is a ring buffer from the kernel to user space.</summary>
    BPF_MAP_TYPE_RINGBUF = 27,

    /// <summary>The map keeps a value with each inode.</summary>
    BPF_MAP_TYPE_INODE_STORAGE = 28,

    /// <summary>The map keeps a value with each task.</summary>
    BPF_MAP_TYPE_TASK_STORAGE = 29,

    /// <summary>The map is a Bloom filter.</summary>
    BPF_MAP_TYPE_BLOOM_FILTER = 30,

    /// <summary>The map is a ring buffer from user space to the kernel.</summary>
    BPF_MAP_TYPE_USER_RINGBUF = 31,
}
