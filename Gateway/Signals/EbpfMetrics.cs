using Prometheus;

namespace Gateway.Signals;

/// <summary>Exports what the kernel programs counted. It is read from the kernel for each scrape.</summary>
internal static class EbpfMetrics
{
    public static void Register(CollectorRegistry registry, KernelAttachment kernel)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        var events = factory.CreateCounter("gateway_ebpf_events_total", "What the kernel programs saw, by what became of it.", ["program", "outcome"]);
        var attached = factory.CreateGauge("gateway_ebpf_attached", "1 for each hook that is attached, by interface and mode.", ["interface", "mode"]);
        var programs = factory.CreateGauge("gateway_ebpf_programs", "1 for each kernel program by what became of it: loaded, reduced or refused.", ["program", "outcome"]);
        registry.AddBeforeCollectCallback(() =>
        {
            foreach (var program in kernel.Programs)
            {
                programs.WithLabels(program.Program, program.Outcome).Set(1);
            }

            foreach (var (program, outcome, count) in kernel.Counters())
            {
                events.WithLabels(program, outcome).IncTo(count);
            }

            // Interfaces come and go, so a series is kept only while its interface has that hook.
            var now = kernel.Attachments.Where(attachment => attachment.Mode != "none").Select(attachment => (attachment.Interface, attachment.Mode)).ToHashSet();
            foreach (var gone in attached.GetAllLabelValues().Where(labels => !now.Contains((labels[0], labels[1]))).ToArray())
            {
                attached.RemoveLabelled(gone);
            }

            foreach (var (device, mode) in now)
            {
                attached.WithLabels(device, mode).Set(1);
            }
        });
    }
}
