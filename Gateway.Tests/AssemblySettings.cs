[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.Collections, MaxThreads = 2)]
[assembly: Xunit.CollectionBehavior(typeof(Gateway.Tests.AloneUnlessSaid))]
