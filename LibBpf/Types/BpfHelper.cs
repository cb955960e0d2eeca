namespace LibBpf;

/// <summary>
/// These are the helpers that programs call (<c>enum bpf_func_id</c> of linux/bpf.h), those that one asks a kernel for most; any other can be cast from its number.
/// bpf-helpers(7) describes each.
/// </summary>
public enum BpfHelper
{
    /// <summary>This is the helper <c>bpf_map_lookup_elem</c>.</summary>
    BPF_FUNC_map_lookup_elem = 1,

    /// <summary>This is the helper <c>bpf_map_update_elem</c>.</summary>
    BPF_FUNC_map_update_elem = 2,

    /// <summary>This is the helper <c>bpf_map_delete_elem</c>.</summary>
    BPF_FUNC_map_delete_elem = 3,

    /// <summary>This is the helper <c>bpf_probe_read</c>.</summary>
    BPF_FUNC_probe_read = 4,

    /// <summary>This is the helper <c>bpf_ktime_get_ns</c>.</summary>
    BPF_FUNC_ktime_get_ns = 5,

    /// <summary>This is the helper <c>bpf_get_current_pid_tgid</c>.</summary>
    BPF_FUNC_get_current_pid_tgid = 14,

    /// <summary>This is the helper <c>bpf_get_current_uid_gid</c>.</summary>
    BPF_FUNC_get_current_uid_gid = 15,

    /// <summary>This is the helper <c>bpf_get_current_comm</c>.</summary>
    BPF_FUNC_get_current_comm = 16,

    /// <summary>This is the helper <c>bpf_redirect</c>.</summary>
    BPF_FUNC_redirect = 23,

    /// <summary>This is the helper <c>bpf_perf_event_output</c>.</summary>
    BPF_FUNC_perf_event_output = 25,

    /// <summary>This is the helper <c>bpf_xdp_adjust_head</c>.</summary>
    BPF_FUNC_xdp_adjust_head = 44,

    /// <summary>This is the helper <c>bpf_setsockopt</c>.</summary>
    BPF_FUNC_setsockopt = 49,

    /// <summary>This is the helper <c>bpf_redirect_map</c>.</summary>
    BPF_FUNC_redirect_map = 51,

    /// <summary>This is the helper <c>bpf_sk_redirect_map</c>.</summary>
    BPF_FUNC_sk_redirect_map = 52,

    /// <summary>This is the helper <c>bpf_get_current_cgroup_id</c>.</summary>
    BPF_FUNC_get_current_cgroup_id = 80,

    /// <summary>This is the helper <c>bpf_sk_lookup_tcp</c>.</summary>
    BPF_FUNC_sk_lookup_tcp = 84,

    /// <summary>This is the helper <c>bpf_spin_lock</c>.</summary>
    BPF_FUNC_spin_lock = 93,

    /// <summary>This is the helper <c>bpf_tcp_gen_syncookie</c>.</summary>
    BPF_FUNC_tcp_gen_syncookie = 110,

    /// <summary>This is the helper <c>bpf_send_signal</c>.</summary>
    BPF_FUNC_send_signal = 109,

    /// <summary>This is the helper <c>bpf_probe_read_user</c>.</summary>
    BPF_FUNC_probe_read_user = 112,

    /// <summary>This is the helper <c>bpf_probe_read_kernel</c>.</summary>
    BPF_FUNC_probe_read_kernel = 113,

    /// <summary>This is the helper <c>bpf_get_netns_cookie</c>.</summary>
    BPF_FUNC_get_netns_cookie = 122,

    /// <summary>This is the helper <c>bpf_get_current_ancestor_cgroup_id</c>.</summary>
    BPF_FUNC_get_current_ancestor_cgroup_id = 123,

    /// <summary>This is the helper <c>bpf_sk_assign</c>.</summary>
    BPF_FUNC_sk_assign = 124,

    /// <summary>This is the helper <c>bpf_ktime_get_boot_ns</c>.</summary>
    BPF_FUNC_ktime_get_boot_ns = 125,

    /// <summary>This is the helper <c>bpf_ringbuf_output</c>.</summary>
    BPF_FUNC_ringbuf_output = 130,

    /// <summary>This is the helper <c>bpf_ringbuf_reserve</c>.</summary>
    BPF_FUNC_ringbuf_reserve = 131,

    /// <summary>This is the helper <c>bpf_ringbuf_submit</c>.</summary>
    BPF_FUNC_ringbuf_submit = 132,

    /// <summary>This is the helper <c>bpf_load_hdr_opt</c>.</summary>
    BPF_FUNC_load_hdr_opt = 142,

    /// <summary>This is the helper <c>bpf_store_hdr_opt</c>.</summary>
    BPF_FUNC_store_hdr_opt = 143,

    /// <summary>This is the helper <c>bpf_reserve_hdr_opt</c>.</summary>
    BPF_FUNC_reserve_hdr_opt = 144,

    /// <summary>This is the helper <c>bpf_ktime_get_coarse_ns</c>.</summary>
    BPF_FUNC_ktime_get_coarse_ns = 160,

    /// <summary>This is the helper <c>bpf_for_each_map_elem</c>.</summary>
    BPF_FUNC_for_each_map_elem = 164,

    /// <summary>This is the helper <c>bpf_timer_init</c>.</summary>
    BPF_FUNC_timer_init = 169,

    /// <summary>This is the helper <c>bpf_loop</c>.</summary>
    BPF_FUNC_loop = 181,

    /// <summary>This is the helper <c>bpf_xdp_load_bytes</c>.</summary>
    BPF_FUNC_xdp_load_bytes = 189,

    /// <summary>This is the helper <c>bpf_xdp_store_bytes</c>.</summary>
    BPF_FUNC_xdp_store_bytes = 190,

    /// <summary>This is the helper <c>bpf_ktime_get_tai_ns</c>.</summary>
    BPF_FUNC_ktime_get_tai_ns = 208,

    /// <summary>This is the helper <c>bpf_user_ringbuf_drain</c>.</summary>
    BPF_FUNC_user_ringbuf_drain = 209,
}
