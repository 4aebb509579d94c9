#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Saves the crash dump as kdump-utils does, with its default of a core_collector, and reboots.
directory=/kdump/lab-$(date +%s)

echo "save-dump: saving the kernel log"
if mkdir "$directory" &&
   makedumpfile --dump-dmesg /proc/vmcore "$directory/vmcore-dmesg.txt" &&
   sync -f "$directory/vmcore-dmesg.txt" &&
   echo "save-dump: kernel log saved" &&
   makedumpfile -l --message-level 7 -d 31 /proc/vmcore "$directory/vmcore-incomplete" &&
   sync -f "$directory/vmcore-incomplete" &&
   mv "$directory/vmcore-incomplete" "$directory/vmcore" && sync -f "$directory"; then
	echo "save-dump: vmcore saved"
else
	echo "save-dump: failed"
fi
systemctl reboot --force
