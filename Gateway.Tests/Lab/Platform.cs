using System.Runtime.Versioning;

// Namespaces, TAP devices and file modes: the tests run where the lab does.
[assembly: SupportedOSPlatform("linux")]
