package main

import "testing"

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"clusterIP":             "cluster_ip",
		"clusterIPs":            "cluster_ips",
		"podCIDRs":              "pod_cidrs",
		"hostIPC":               "host_ipc",
		"externalIPs":           "external_ips",
		"nonResourceURLs":       "non_resource_urls",
		"fsGroupChangePolicy":   "fs_group_change_policy",
		"iscsi":                 "iscsi",
		"namespace":             "namespace_",
		"default":               "default_",
		"fieldsV1":              "fields_v1",
		"targetWWNs":            "target_wwns",
		"azureDisk":             "azure_disk",
		"readOnly":              "read_only",
		"HTTPGet":               "http_get",
		"enableServiceLinks":    "enable_service_links",
		"setHostnameAsFQDN":     "set_hostname_as_fqdn",
		"ipFamilies":            "ip_families",
		"stdin":                 "stdin_",
		"publishNotReadyAddrs":  "publish_not_ready_addrs",
		"gcePersistentDisk":     "gce_persistent_disk",
		"appArmorProfile":       "app_armor_profile",
		"automountServiceToken": "automount_service_token",
	} {
		if got := snake(name); got != want {
			t.Errorf("snake(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOneNamespaceForTwoPackagesIsRefused(t *testing.T) {
	modules, err := locateModules()
	if err != nil {
		t.Skip("no modules: ", err)
	}
	files, err := harvest(modules, "..", "protoc")
	if err != nil {
		t.Fatal(err)
	}
	c, err := rootClosure(files, "..")
	if err != nil {
		t.Fatal(err)
	}
	w := &writers{closure: c, explicit: map[string]string{}, packages: map[string]*writerPackage{}}
	if err := w.group(); err == nil {
		t.Error("without namespaces.txt, packages of one last component were accepted")
	}
}
