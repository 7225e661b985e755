my $vmx = "%%VMX%%";
