"""Which tactics each ATT&CK technique serves, and what became of withdrawn ones: facts, as text.

The trap: a list in ATT&CK is not what the service checks against. Where the validation of the
Azure-Sentinel templates (KillChainTechniquesHelper.cs) knows a further tactic for a technique, it
is listed too, so that nothing which the service accepts is refused here.

Sources: MITRE ATT&CK v18.1, Enterprise; ATT&CK for ICS as that validation lists it (T08xx), its
Evasion tactic being the service's DefenseEvasion. © 2025 The MITRE Corporation. This work is
reproduced and distributed with the permission of The MITRE Corporation.
"""

from __future__ import annotations

#: The release that the tables were taken from.
ATTACK_VERSION = "18.1"

#: A technique, its tactics in the service's spelling, and its sub-techniques; one a line, an
#: indented line continues the one above.
TECHNIQUES = """
T0800 InhibitResponseFunction
T0801 Collection
T0802 Collection
T0803 InhibitResponseFunction
T0804 InhibitResponseFunction
T0805 InhibitResponseFunction
T0806 ImpairProcessControl
T0807 Execution
T0809 InhibitResponseFunction
T0810 InitialAccess
T0811 Collection
T0812 LateralMovement
T0813 Impact
T0814 InhibitResponseFunction
T0815 Impact
T0816 InhibitResponseFunction
T0817 InitialAccess
T0818 InitialAccess
T0819 InitialAccess
T0820 DefenseEvasion
T0821 Execution
T0822 InitialAccess
T0823 Execution
T0826 Impact
T0827 Impact
T0828 Impact
T0829 Impact
T0830 Collection
T0831 Impact
T0832 Impact
T0834 Execution
T0835 InhibitResponseFunction
T0836 ImpairProcessControl
T0837 Impact
T0838 InhibitResponseFunction
T0839 Persistence ImpairProcessControl
T0840 Discovery
T0842 Discovery
T0843 LateralMovement
T0845 Collection
T0846 Discovery
T0847 InitialAccess
T0848 InitialAccess
T0849 DefenseEvasion
T0851 DefenseEvasion InhibitResponseFunction
T0852 Collection
T0853 Execution
T0855 ImpairProcessControl
T0856 DefenseEvasion ImpairProcessControl
T0857 Persistence InhibitResponseFunction
T0858 Execution DefenseEvasion
T0859 Persistence LateralMovement
T0860 InitialAccess
T0861 Collection
T0862 InitialAccess
T0863 Execution
T0864 InitialAccess
T0865 InitialAccess
T0866 InitialAccess LateralMovement
T0867 LateralMovement
T0868 Collection
T0869 CommandAndControl
T0871 Execution
T0872 DefenseEvasion
T0873 Persistence
T0874 Execution PrivilegeEscalation
T0877 Collection
T0878 InhibitResponseFunction
T0879 Impact
T0880 Impact
T0881 InhibitResponseFunction
T0882 Impact
T0883 InitialAccess
T0884 CommandAndControl
T0885 CommandAndControl
T0886 InitialAccess LateralMovement
T0887 Discovery Collection
T0888 Discovery
T0889 Persistence
T0890 PrivilegeEscalation
T0891 Persistence LateralMovement
T0892 InhibitResponseFunction
T0893 Collection
T0894 DefenseEvasion
T0895 Execution
T1001 CommandAndControl .001 .002 .003
T1003 CredentialAccess .001 .002 .003 .004 .005 .006 .007 .008
T1005 Collection
T1006 DefenseEvasion
T1007 Discovery
T1008 CommandAndControl
T1010 Discovery
T1011 Exfiltration .001
T1012 Discovery
T1014 DefenseEvasion
T1016 Discovery .001 .002
T1018 Discovery
T1020 Exfiltration .001
T1021 LateralMovement .001 .002 .003 .004 .005 .006 .007 .008
T1025 Collection
T1027 DefenseEvasion .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .011 .012 .013 .014 .015
  .016 .017
T1029 Exfiltration
T1030 Exfiltration
T1033 Discovery
T1036 DefenseEvasion .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .011 .012
T1037 Persistence PrivilegeEscalation .001 .002 .003 .004 .005
T1039 Collection
T1040 CredentialAccess Discovery
T1041 Exfiltration
T1046 Discovery
T1047 Execution
T1048 Exfiltration .001 .002 .003
T1049 Discovery
T1052 Exfiltration .001
T1053 Execution Persistence PrivilegeEscalation .002 .003 .005 .006 .007
T1055 PrivilegeEscalation DefenseEvasion .001 .002 .003 .004 .005 .008 .009 .011 .012 .013 .014
  .015
T1056 CredentialAccess Collection .001 .002 .003 .004
T1057 Discovery
T1059 Execution .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .011 .012 .013
T1068 PrivilegeEscalation
T1069 Discovery .001 .002 .003
T1070 DefenseEvasion .001 .002 .003 .004 .005 .006 .007 .008 .009 .010
T1071 CommandAndControl .001 .002 .003 .004 .005
T1072 Execution LateralMovement
T1074 Collection .001 .002
T1078 InitialAccess Persistence PrivilegeEscalation DefenseEvasion .001 .002 .003 .004
T1080 LateralMovement
T1082 Discovery
T1083 Discovery
T1087 Discovery .001 .002 .003 .004
T1090 CommandAndControl .001 .002 .003 .004
T1091 InitialAccess LateralMovement
T1092 CommandAndControl
T1095 CommandAndControl
T1098 Persistence PrivilegeEscalation .001 .002 .003 .004 .005 .006 .007
T1102 CommandAndControl .001 .002 .003
T1104 CommandAndControl
T1105 CommandAndControl
T1106 Execution
T1110 CredentialAccess .001 .002 .003 .004
T1111 CredentialAccess
T1112 Persistence DefenseEvasion
T1113 Collection
T1114 Collection .001 .002 .003
T1115 Collection
T1119 Collection
T1120 Discovery
T1123 Collection
T1124 Discovery
T1125 Collection
T1127 DefenseEvasion .001 .002 .003
T1129 Execution
T1132 CommandAndControl .001 .002
T1133 InitialAccess Persistence
T1134 PrivilegeEscalation DefenseEvasion .001 .002 .003 .004 .005
T1135 Discovery
T1136 Persistence .001 .002 .003
T1137 Persistence .001 .002 .003 .004 .005 .006
T1140 DefenseEvasion
T1176 Persistence .001 .002
T1185 Collection
T1187 CredentialAccess
T1189 InitialAccess
T1190 InitialAccess
T1195 InitialAccess .001 .002 .003
T1197 Persistence DefenseEvasion
T1199 InitialAccess
T1200 InitialAccess
T1201 Discovery
T1202 DefenseEvasion
T1203 Execution
T1204 Execution .001 .002 .003 .004 .005
T1205 Persistence DefenseEvasion CommandAndControl .001 .002
T1207 DefenseEvasion
T1210 LateralMovement
T1211 DefenseEvasion
T1212 CredentialAccess
T1213 Collection .001 .002 .003 .004 .005 .006
T1216 DefenseEvasion .001 .002
T1217 Discovery
T1218 DefenseEvasion .001 .002 .003 .004 .005 .007 .008 .009 .010 .011 .012 .013 .014 .015
T1219 CommandAndControl .001 .002 .003
T1220 DefenseEvasion
T1221 DefenseEvasion
T1222 DefenseEvasion .001 .002
T1480 DefenseEvasion .001 .002
T1482 Discovery
T1484 PrivilegeEscalation DefenseEvasion .001 .002
T1485 Impact .001
T1486 Impact
T1489 Impact
T1490 Impact
T1491 Impact .001 .002
T1495 Impact
T1496 Impact .001 .002 .003 .004
T1497 DefenseEvasion Discovery .001 .002 .003
T1498 Impact .001 .002
T1499 Impact .001 .002 .003 .004
T1505 Persistence .001 .002 .003 .004 .005 .006
T1518 Discovery .001 .002
T1525 Persistence
T1526 Discovery
T1528 CredentialAccess
T1529 Impact
T1530 Collection
T1531 Impact
T1534 LateralMovement
T1535 DefenseEvasion
T1537 Exfiltration
T1538 Discovery
T1539 CredentialAccess
T1542 Persistence DefenseEvasion .001 .002 .003 .004 .005
T1543 Persistence PrivilegeEscalation .001 .002 .003 .004 .005
T1546 Persistence PrivilegeEscalation .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .011 .012
  .013 .014 .015 .016 .017 .018
T1547 Persistence PrivilegeEscalation .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .012 .013
  .014 .015
T1548 PrivilegeEscalation DefenseEvasion .001 .002 .003 .004 .005 .006
T1550 DefenseEvasion LateralMovement .001 .002 .003 .004
T1552 CredentialAccess .001 .002 .003 .004 .005 .006 .007 .008
T1553 DefenseEvasion .001 .002 .003 .004 .005 .006
T1554 Persistence
T1555 CredentialAccess .001 .002 .003 .004 .005 .006
T1556 Persistence DefenseEvasion CredentialAccess .001 .002 .003 .004 .005 .006 .007 .008 .009
T1557 CredentialAccess Collection .001 .002 .003 .004
T1558 CredentialAccess .001 .002 .003 .004 .005
T1559 Execution .001 .002 .003
T1560 Collection .001 .002 .003
T1561 Impact .001 .002
T1562 DefenseEvasion .001 .002 .003 .004 .006 .007 .008 .009 .010 .011 .012 .013
T1563 LateralMovement .001 .002
T1564 DefenseEvasion .001 .002 .003 .004 .005 .006 .007 .008 .009 .010 .011 .012 .013 .014
T1565 Impact .001 .002 .003
T1566 InitialAccess .001 .002 .003 .004
T1567 Exfiltration .001 .002 .003 .004
T1568 CommandAndControl .001 .002 .003
T1569 Execution .001 .002 .003
T1570 LateralMovement
T1571 CommandAndControl
T1572 CommandAndControl
T1573 CommandAndControl .001 .002
T1574 Persistence PrivilegeEscalation DefenseEvasion .001 .004 .005 .006 .007 .008 .009 .010 .011
  .012 .013 .014
T1578 DefenseEvasion .001 .002 .003 .004 .005
T1580 Discovery
T1583 ResourceDevelopment PreAttack .001 .002 .003 .004 .005 .006 .007 .008
T1584 ResourceDevelopment PreAttack .001 .002 .003 .004 .005 .006 .007 .008
T1585 ResourceDevelopment PreAttack .001 .002 .003
T1586 ResourceDevelopment PreAttack .001 .002 .003
T1587 ResourceDevelopment PreAttack .001 .002 .003 .004
T1588 ResourceDevelopment PreAttack .001 .002 .003 .004 .005 .006 .007
T1589 Reconnaissance PreAttack .001 .002 .003
T1590 Reconnaissance PreAttack .001 .002 .003 .004 .005 .006
T1591 Reconnaissance PreAttack .001 .002 .003 .004
T1592 Reconnaissance PreAttack .001 .002 .003 .004
T1593 Reconnaissance PreAttack .001 .002 .003
T1594 Reconnaissance PreAttack
T1595 Reconnaissance PreAttack .001 .002 .003
T1596 Reconnaissance PreAttack .001 .002 .003 .004 .005
T1597 Reconnaissance PreAttack .001 .002
T1598 Reconnaissance PreAttack .001 .002 .003 .004
T1599 DefenseEvasion .001
T1600 DefenseEvasion .001 .002
T1601 DefenseEvasion .001 .002
T1602 Collection .001 .002
T1606 CredentialAccess .001 .002
T1608 ResourceDevelopment .001 .002 .003 .004 .005 .006
T1609 Execution Collection
T1610 Execution DefenseEvasion Collection
T1611 PrivilegeEscalation
T1612 DefenseEvasion
T1613 CredentialAccess Discovery
T1614 CredentialAccess Discovery .001
T1615 Discovery
T1619 Discovery
T1620 DefenseEvasion
T1621 CredentialAccess
T1622 DefenseEvasion Discovery
T1647 DefenseEvasion
T1648 Execution
T1649 CredentialAccess
T1650 ResourceDevelopment
T1651 Execution
T1652 Discovery
T1653 Persistence
T1654 Discovery
T1656 DefenseEvasion
T1657 Impact
T1659 InitialAccess CommandAndControl
T1665 CommandAndControl
T1666 DefenseEvasion
T1667 Impact
T1668 Persistence
T1669 InitialAccess
T1671 Persistence
T1672 DefenseEvasion
T1673 Discovery
T1674 Execution
T1675 Execution
T1677 Execution
T1678 DefenseEvasion
T1679 DefenseEvasion
T1680 Discovery
T1681 Reconnaissance
"""

#: Withdrawn techniques: ``old>new``, or ``old`` where nothing replaced it.
WITHDRAWN = """
T1002>T1560 T1004>T1547.004 T1009>T1027.001 T1013>T1547.010 T1015>T1546.008 T1017>T1072
T1019>T1542.001 T1022>T1560 T1023>T1547.009 T1024>T1573 T1026 T1028>T1021.006 T1031>T1543.003
T1032>T1573 T1034 T1035>T1569.002 T1038>T1574.001 T1042>T1546.001 T1043 T1044>T1574.010
T1045>T1027.002 T1050>T1543.003 T1051 T1053.001>T1053.002 T1053.004 T1054>T1562.006
T1058>T1574.011 T1060>T1547.001 T1061 T1062 T1063>T1518.001 T1064 T1065>T1571 T1066>T1027.005
T1067>T1542.003 T1073>T1574.001 T1075>T1550.002 T1076>T1021.001 T1077>T1021.002 T1079>T1573
T1081>T1552.001 T1084>T1546.003 T1085>T1218.011 T1086>T1059.001 T1088>T1548.002 T1089>T1562.001
T1093>T1055.012 T1094>T1095 T1096>T1564.004 T1097>T1550.003 T1099>T1070.006 T1100>T1505.003
T1101>T1547.005 T1103>T1546.010 T1107>T1070.004 T1108 T1109>T1542.002 T1116>T1553.002
T1117>T1218.010 T1118>T1218.004 T1121>T1218.009 T1122>T1546.015 T1126>T1070.005 T1128>T1546.007
T1130>T1553.004 T1131>T1547.002 T1138>T1546.011 T1139>T1552.003 T1141>T1056.002 T1142>T1555.001
T1143>T1564.003 T1144>T1553.001 T1145>T1552.004 T1146>T1070.003 T1147>T1564.002 T1148>T1562.003
T1149 T1150>T1647 T1151>T1036.006 T1152>T1569.001 T1153 T1154>T1546.005 T1155>T1059.002
T1156>T1546.004 T1157>T1574.004 T1158>T1564.001 T1159>T1543.001 T1160>T1543.004 T1161>T1546.006
T1162>T1647 T1163>T1037.004 T1164>T1547.007 T1165>T1037.005 T1166>T1548.001 T1167>T1555.002
T1168>T1053 T1169>T1548.003 T1170>T1218.005 T1171>T1557.001 T1172>T1090.004 T1173>T1559.002
T1174>T1556.002 T1175 T1177>T1547.008 T1178>T1134.005 T1179>T1056.004 T1180>T1546.002
T1181>T1055.011 T1182>T1546.009 T1183>T1546.012 T1184>T1563.001 T1186>T1055.013 T1188>T1090.003
T1191>T1218.003 T1192>T1566.002 T1193>T1566.001 T1194>T1566.003 T1196>T1218.002 T1198>T1553.003
T1206>T1548.003 T1208>T1558.003 T1209>T1547.003 T1214>T1552.002 T1215>T1547.006 T1223>T1218.001
T1483>T1568.002 T1487>T1561.002 T1488>T1561.001 T1492>T1565.001 T1493>T1565.002 T1494>T1565.003
T1500>T1027.004 T1501>T1543.002 T1502>T1134.004 T1503>T1555.003 T1504>T1546.013 T1506>T1550.004
T1514>T1548.004 T1519>T1546.014 T1522>T1552.005 T1527>T1550.001 T1536>T1578.004 T1547.011>T1647
T1574.002>T1574.001
"""
